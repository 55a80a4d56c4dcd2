// Every text that people read on the page and that its modules write, by topic. A value is a text, or a
// function of what stands in it. Amounts, names and times come in as they are shown. What the server says
// arrives as a whole text and is not here; the page's fixed words are in `index.html`.

/** The language of these texts; days and months are named in it. */
export const LANGUAGE = "en";

const FORMS = new Intl.PluralRules(LANGUAGE);
const plural = (count, forms) => forms[FORMS.select(count)] ?? forms.other;

// money and time

const money = {
  left: (amount) => `${amount} left`,
  over: (amount) => `${amount} over`,
  free: "free",
  from: (price) => `from ${price}`,
  byUse: "priced by use",
};

const time = {
  seconds: (seconds) => `${seconds} s`,
  minutes: (minutes, seconds) => `${minutes} min ${seconds} s`,
  soon: "in a moment",
  inMinutes: (minutes) => `in ${minutes} min`,
  inHours: (hours) => `in ${hours} h`,
  inDays: (days) => plural(days, { one: `in ${days} day`, other: `in ${days} days` }),
  untilMidnight: "until midnight",
  until: (moment) => `until ${moment}`,
  today: "today",
  yesterday: (clock) => `yesterday ${clock}`,
};

// a message and the bot's answer below it

const progress = {
  bar: "Progress",
  steps: { price: "price", hold: "hold", make: "make", deliver: "deliver" },
  priced: (price) => `priced ${price}`,
  held: (amount) => `held ${amount}`,
  cancelling: "Cancelling…",
  queued: (position) => `Number ${position} in the queue`,
  asking: "Asking for the price…",
  holding: "Setting the money aside…",
  lookingUp: "The connection broke after ordering. Looking it up; it will not be bought twice.",
  decided: (when) => `It is decided ${when} at the latest.`,
  fetching: "Fetching the result…",
  doing: (what) => `${what}…`,
  doingPart: (what, percent) => `${what}… ${percent} %`,
  timeLeft: (past, left) => `${past}, about ${left} left`,
  late: (past) => `${past}, any moment now`,
};

const result = {
  sentIn: (role) => `${role} sent in`,
  from: (made, used) => (made && used ? `${made} from ${used}` : made || `from ${used}`),
  table: "Table",
  copy: "Copy",
  copied: "Copied",
  writingReceipt: "Writing the receipt…",
  open: (number) => `Open result ${number}`,
  notFetched: " (it could not be fetched; the link may die within the hour)",
  gone: "This result is no longer kept.",
  hidden: "Hidden by the one who asked.",
  uncover: "Show it",
  about: (number, prompt) => `Result ${number} for: ${prompt}`,
  picture: (prompt, number) => `${prompt} (${number})`,
  cancelledTitle: "Cancelled",
  failedTitle: "It did not work",
  cancelled: "Cancelled.",
  none: "No result.",
  done: (charge) => `Done, charged ${charge}.`,
  nothing: "nothing",
  ended: (state) => `It was ${state}.`,
};

const offer = {
  title: (price) => `This will cost about ${price}`,
  notCharged: "Nothing has been charged for it.",
  above: (threshold) => `That is above ${threshold}, so it needs a yes first.`,
  accept: (price) => `Make it for ${price}`,
  reject: "No, thanks",
  waitingFor: (name) => `Waiting for ${name}.`,
  timeLeft: (clock) => `${clock} left to decide`,
  ended: "the offer has ended",
  plan: (count, price) => `These ${count} steps will cost up to ${price}`,
  acceptAll: (price) => `Do all for up to ${price}`,
  step: (price, line) => `${price}: ${line}`,
  together: "This step waits for the press for all of them.",
};

const refusal = {
  overBudget: "Not within the budget",
  title: "Not run",
  resets: (when) => `It resets ${when}.`,
  resetsAt: (when, moment) => `It resets ${when} (${moment}).`,
  declinedBy: (name) => `${name} has declined an exception.`,
  approvedBy: (name) => `Approved by ${name}.`,
  makeException: "Make an exception and run it",
  decline: "Decline",
  asked: "The admins have been asked.",
  ask: "Ask an admin",
  waiting: "Waiting for an admin.",
  use: (model) => `Use ${model}`,
  asksFor: (why) => ` asks for room: ${why}`,
  allow: (price) => `Allow ${price}`,
};

/** The buttons on a picture; each follow-up has one. */
const followUps = { upscale: "Upscale", vary: "Vary", edit: "Edit", animate: "Animate", ask: "Ask about it" };

const buttons = {
  followUps,
  asks: {
    vary: "Other words, or leave it for another take",
    edit: "What should change?",
    animate: "What should happen? (may stay empty)",
    ask: "What do you want to know?",
  },
  go: { vary: "Vary", edit: "Edit", animate: "Animate", ask: "Ask" },
  cancel: "Cancel",
  endAndCharge: (amount) => `End it and charge ${amount}`,
  heldAmount: "what is set aside",
  again: "Again",
  againTitle: "The same once more, at a new price",
  more: "More",
  details: "Details",
  remove: "Delete from the channel",
  picker: "Which picture the buttons act on",
  picture: (number) => `Picture ${number}`,
  save: "Save",
  reply: "Reply",
};

// what opens over the page

const dialogs = {
  picture: "Picture",
  ofPictures: (number, count, label) => `${number} of ${count} · ${label}`,
  close: "Close",
  previous: "Previous",
  next: "Next",
  details: "Details",
  revised: "Prompt as drawn",
};

/** What is known about a request, in the order in which it is shown. */
const facts = {
  id: "Request", state: "State", command: "Line", model: "Model asked for", executed_model: "Model that ran", provider: "Provider",
  estimate: "Estimated", charge: "Charged", charged_from: "Charge named by", overrun: "Above the hold", created_at: "Asked",
  submitted_at: "Submitted", finished_at: "Finished", elapsed_s: "Seconds", trace_id: "Trace", gateway_id: "Gateway's id",
  job_id: "Job", remembered_turns: "Remembered turns",
};

// notes that one person sees

const notes = {
  showPrices: "Show the prices",
  choices: "I cannot ask a model here what you mean. These run as they are, at these prices:",
  choice: (command, price) => (price ? `${command} · ${price}` : command),
  lists: { project: "Projects", style: "Styles", statement: "Statements" },
  dismiss: "Dismiss",
  onlyYou: "only you can see this",
  problem: "That did not go through",
  understood: "What was understood of the mask: white is what would change",
  twice: "You pressed twice; it is ordered and charged once.",
  about: (price) => `About ${price}`,
  priceFor: "for ",
  at: (provider) => ` at ${provider}`,
  runFor: (price) => `Run it for ${price}`,
  run: "Run",
  aboveLeft: "Above what is left",
  choose: (model) => `Run ${model} too`,
  runTogether: (count, price) => plural(count, { one: `Run the chosen one for up to ${price}`, other: `Run the ${count} chosen for up to ${price}` }),
  compared: "Prices side by side",
  comparedHead: ["Model", "Price", "Order"],
  notRun: "Nothing has run and nothing was charged.",
  left: "What is left",
  notices: "Notices",
  noticesOn: "You are told when 50, 80 and 100 percent of one of your limits are used.",
  noticesOff: "You are not told when one of your limits runs low.",
  noticesTurn: { on: "Tell me", off: "Tell me no more" },
  noLimit: "You have no budget limit here.",
  requests: "Your last requests",
  nothingYet: "Nothing yet.",
  models: (count) => plural(count, { one: "One model", other: `${count} models` }),
  firstModels: (count) => `The first ${count} are shown; add words to narrow it down.`,
  help: "What you can do here",
  helpMore: "Plain words are understood: ask, or say what to make or change; what costs more than usual shows its price first. Drop, paste or pick a picture to edit, enlarge or animate it. “/” jumps to the box, Tab completes, ↑ brings your last line back.",
  limitsOf: (name) => `Limits of ${name}`,
  budgets: "Budgets here",
  noBudgets: "There are none.",
  settings: "Settings here",
  forgotten: "Forgotten",
  erased: (turns) =>
    plural(turns, { one: `${turns} remembered turn was erased.`, other: `${turns} remembered turns were erased.` }),
  nothingToForget: "There was nothing to forget.",
  cancelled: "Cancelled",
  stopped: "It was stopped; nothing was charged.",
  stopping: "It is being stopped; the receipt will say what it cost.",
};

// the side panel

const panel = {
  tabs: { money: "Budget", models: "Models", history: "History", library: "Library", admin: "Admin" },
  label: "Side panel",
  close: "Close the side panel",
  waiting: (count) => `${count} waiting`,
  binds: "What binds you",
  spentByAll: "Spent by everyone",
  spentByYou: "Spent by you",
  ability: "What it should be able to do",
  everything: "everything",
  search: "Search models",
  noMatch: "Nothing matches.",
  hints: "Prices are hints; the true one is asked for before anything runs.",
  older: "Older",
  allRequests: "Everyone's requests",
  yourRequests: "Your requests",
  waitingForYou: "Waiting for you",
};

const budgets = {
  meter: (spent, held, limit) => `${spent} spent and ${held} held of ${limit}`,
  spent: (amount) => `${amount} spent`,
  held: (amount) => ` · ${amount} held`,
  of: (limit, until) => ` of ${limit} ${until}`,
  spentIn: (amount, count) => plural(count, { one: `${amount} in ${count} request`, other: `${amount} in ${count} requests` }),
  perDay: (amount, days) => `Spending per day, ${budgets.inDays(amount, days)}`,
  inDays: (amount, days) => plural(days, { one: `${amount} in ${days} day`, other: `${amount} in ${days} days` }),
  ofDay: (name, day, amount) => `${name}, ${day}: ${amount}`,
  namesake: (name, id) => `${name} (${id})`,
};

const admin = {
  budgets: "Budgets",
  noBudgets: "There are none: everyone may spend what the account has.",
  setBudget: "Set a budget",
  settings: "Settings",
  grant: "+ $1",
  grantTitle: "Let this budget have one dollar more until it ends",
  removeBudget: (budget) => `Remove ${budget}`,
  looser: "Looser than before",
  who: "Who",
  everyone: "Everyone, each",
  all: "All together",
  dollars: "Dollars",
  dollarsExample: "5.00",
  per: "Per",
  windows: { day: "day", week: "week", month: "month", total: "in all" },
  set: "Set",
  resume: "Let requests through again",
  pause: "Pause all new requests",
  save: (group) => `Save ${group.toLowerCase()}`,
  on: "On",
  off: "Off",
  firstThatFits: "the first that fits",
};

// the box, and who types

const box = {
  replying: (picture) => `Replying to ${picture}`,
  dropReply: "Do not reply",
  starters: [
    "/generate a capybara in a hot spring, film photo --n 2",
    "/video a paper boat on a rainy street --seconds 4",
    "/compare generate a lighthouse at dusk",
    "/help",
  ],
  forPictures: [
    ["/edit ", "Change it"],
    ["/upscale --scale 2", "Enlarge it"],
    ["/video ", "Animate it"],
    ["/chat ", "Ask about it"],
  ],
  placeholder: "Talk, or / for commands",
  hint: "Enter sends · Shift+Enter for a new line · / for commands",
  command: (name, help) => `/${name}: ${help.toLowerCase()}`,
  everyone: "each person's default",
  all: "everybody together",
  admin: "admin",
  aliases: (names) => `also ${names.join(", ")}`,
  mostPictures: (count) => `${count} pictures are the most at once.`,
  tooLarge: (name, megabytes) => `“${name}” is larger than ${megabytes} MB, the most that can be taken.`,
  roleOf: (name) => `What ${name} is for`,
  roles: { image: "image", mask: "mask" },
  remove: (name) => `Remove ${name}`,
};

const controls = {
  what: "What to make",
  talk: "Just talk",
  whats: { generate: "Draw", edit: "Change a picture", upscale: "Enlarge", chat: "Ask", video: "Film" },
  model: "Model",
  anyModel: "Usual model",
  modelChoice: (name, price) => `${name}, ${price}`,
  shape: "Shape",
  anyShape: "Any shape",
  count: "How many",
  times: (count) => `${count} ×`,
  abilities: { generate: "draws", edit: "changes pictures", upscale: "enlarges", chat: "answers", video: "films" },
  can: (abilities) => abilities.join(", "),
  most: (count) => `up to ${count} at once`,
  inputs: (count) => `takes ${count} pictures`,
  seconds: (seconds) => `up to ${seconds} s`,
};

const library = {
  words: "Search in prompts",
  person: "Made by",
  everyone: "everyone",
  kind: "What was made",
  model: "Model",
  anyModel: "every model",
  madeBy: (name, model) => `${name} · ${model}`,
  copy: "Copy the address",
  link: "Open at its address",
};

const brush = {
  title: "Paint what may change",
  help: "Draw over the part that may change. By keyboard: arrows move the frame, Shift and arrows resize it, Space marks it, Ctrl+Z takes the last mark back.",
  canvas: "The picture to paint on",
  size: "Brush size",
  undo: "Undo",
  use: "Use this mask",
  paint: (name) => `Paint a mask on ${name}`,
  unreadable: "This browser cannot show the picture, so it cannot be painted on. You can attach a mask as a PNG instead.",
};

const page = {
  paused: "paused by an admin",
  demo: "demo",
  actAs: "Act as",
  person: (name, about) => `${name} · ${about}`,
  youAre: (name) => `You are ${name} now.`,
  signOut: "Sign out",
  offline: "The server cannot be reached just now. Please try again.",
  unreadable: (status) => `The server answered with ${status}.`,
  state: (state) => state.replaceAll("_", " "),
};

/** Where every module takes its texts from; another language would be another such table. */
export const say = { money, time, progress, result, offer, refusal, buttons, dialogs, facts, notes, panel, budgets, admin, box, controls, library, brush, page };
