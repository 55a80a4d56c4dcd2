// Every text that people read on the page and that its modules write, by topic. A value is a text, or a function of
// what stands in it. Amounts, names and times come in as they are shown. What the server says arrives as a whole text
// and is not here; the page's fixed words are in `index.html`. All are translated in `bot/locales`, as the server's
// are: `_("…")` and `ngettext("…", "…", count)` mark them.

import { _, ngettext } from "./translation.js";

// money and time

const money = {
  left: (amount) => _("{amount} left", { amount }),
  over: (amount) => _("{amount} over", { amount }),
  free: _("free"),
  from: (price) => _("from {price}", { price }),
  byUse: _("priced by use"),
};

const time = {
  seconds: (seconds) => _("{seconds} s", { seconds }),
  minutes: (minutes, seconds) => _("{minutes} min {seconds} s", { minutes, seconds }),
  soon: _("in a moment"),
  inMinutes: (minutes) => _("in {minutes} min", { minutes }),
  inHours: (hours) => _("in {hours} h", { hours }),
  inDays: (days) => ngettext("in {count} day", "in {count} days", days),
  untilMidnight: _("until midnight"),
  until: (moment) => _("until {moment}", { moment }),
  today: _("today"),
  yesterday: (clock) => _("yesterday {clock}", { clock }),
};

// a message and the bot's answer below it

const progress = {
  bar: _("Progress"),
  steps: { price: _("price"), hold: _("hold"), make: _("make"), deliver: _("deliver") },
  priced: (price) => _("priced {price}", { price }),
  held: (amount) => _("held {amount}", { amount }),
  cancelling: _("Cancelling…"),
  queued: (position) => _("Number {position} in the queue", { position }),
  asking: _("Asking for the price…"),
  holding: _("Setting the money aside…"),
  lookingUp: _("The connection broke after ordering. Looking it up; it will not be bought twice."),
  decided: (when) => _("It is decided {when} at the latest.", { when }),
  fetching: _("Fetching the result…"),
  doing: (what) => _("{what}…", { what }),
  doingPart: (what, percent) => _("{what}… {percent}", { what, percent }),
  timeLeft: (past, left) => _("{past}, about {left} left", { past, left }),
  late: (past) => _("{past}, any moment now", { past }),
};

/** What a request is by now, as it stands in lists. */
const states = {
  received: _("received"),
  priced: _("priced"),
  awaiting_confirmation: _("waiting for a yes"),
  reserved: _("waiting to start"),
  submitted: _("ordered"),
  running: _("being made"),
  ambiguous: _("being looked up"),
  settled: _("being fetched"),
  delivered: _("done"),
  refused: _("not run"),
  failed: _("failed"),
  cancelled: _("cancelled"),
};

const result = {
  sentIn: { image: _("Picture sent in"), mask: _("Mask sent in"), reference: _("Reference sent in") },
  from: (made, used) => (made && used ? _("{made} from {used}", { made, used }) : made || _("from {used}", { used })),
  table: _("Table"),
  copy: _("Copy"),
  copied: _("Copied"),
  writingReceipt: _("Writing the receipt…"),
  open: (number) => _("Open result {number}", { number }),
  notFetched: (link) => _("{link} (it could not be fetched; the link may die within the hour)", { link }),
  gone: _("This result is no longer kept."),
  hidden: _("Hidden by the one who asked."),
  uncover: _("Show it"),
  about: (number, prompt) => _("Result {number} for: {prompt}", { number, prompt }),
  picture: (prompt, number) => `${prompt} (${number})`,
  cancelledTitle: _("Cancelled"),
  failedTitle: _("It did not work"),
  cancelled: _("Cancelled."),
  none: _("No result."),
  done: (charge) => _("Done, charged {charge}.", { charge }),
  doneFree: _("Done, nothing was charged."),
  ended: { refused: _("It was not run."), failed: _("It failed."), cancelled: _("It was cancelled.") },
};

const offer = {
  title: (price) => _("This will cost about {price}", { price }),
  notCharged: _("Nothing has been charged for it."),
  above: (threshold) => _("That is above {threshold}, so it needs a yes first.", { threshold }),
  accept: (price) => _("Run it for {price}", { price }),
  reject: _("No, thanks"),
  waitingFor: (name) => _("Waiting for {name}.", { name }),
  timeLeft: (clock) => _("{clock} left to decide", { clock }),
  ended: _("the offer has ended"),
  plan: (count, price) => ngettext("This step will cost up to {price}", "These {count} steps will cost up to {price}", count, { price }),
  acceptAll: (price) => _("Do all for up to {price}", { price }),
  step: (price, line) => `${price}: ${line}`,
  together: _("This step waits for the press for all of them."),
};

const refusal = {
  overBudget: _("Not within the budget"),
  title: _("Not run"),
  resets: (when) => _("It resets {when}.", { when }),
  resetsAt: (when, moment) => _("It resets {when} ({moment}).", { when, moment }),
  declinedBy: (name) => _("{name} has declined an exception.", { name }),
  approvedBy: (name) => _("Approved by {name}.", { name }),
  makeException: _("Make an exception and run it"),
  decline: _("Decline"),
  asked: _("The admins have been asked."),
  ask: _("Ask an admin"),
  waiting: _("Waiting for an admin."),
  use: (model) => _("Use {model}", { model }),
  asksFor: (name, why) => _("{name} asks for room: {why}", { name, why }),
  allow: (price) => _("Allow {price}", { price }),
};

/** The buttons on a picture; each follow-up has one. */
const followUps = { upscale: _("Upscale"), vary: _("Vary"), edit: _("Edit"), animate: _("Animate"), ask: _("Ask about it") };

const buttons = {
  followUps,
  asks: {
    vary: _("Other words, or leave it for another take"),
    edit: _("What should change?"),
    animate: _("What should happen? (may stay empty)"),
    ask: _("What do you want to know?"),
  },
  go: { vary: _("Vary"), edit: _("Edit"), animate: _("Animate"), ask: _("Ask") },
  cancel: _("Cancel"),
  endAndCharge: (amount) => _("End it and charge {amount}", { amount }),
  endAndChargeHeld: _("End it and charge what is set aside"),
  again: _("Again"),
  againTitle: _("The same once more, at a new price"),
  more: _("More"),
  details: _("Details"),
  remove: _("Delete from the channel"),
  picker: _("Which picture the buttons act on"),
  picture: (number) => _("Picture {number}", { number }),
  save: _("Save"),
  reply: _("Reply"),
};

// what opens over the page

const dialogs = {
  picture: _("Picture"),
  ofPictures: (number, count, label) => _("{number} of {count} · {label}", { number, count, label }),
  close: _("Close"),
  previous: _("Previous"),
  next: _("Next"),
  details: _("Details"),
  revised: _("Prompt as drawn"),
};

/** What is known about a request, in the order in which it is shown. */
const facts = {
  id: _("Request"), state: _("State"), command: _("Line"), model: _("Model asked for"), executed_model: _("Model that ran"), provider: _("Provider"),
  estimate: _("Estimated"), charge: _("Charged"), charged_from: _("Charge named by"), overrun: _("Above the hold"), created_at: _("Asked"),
  submitted_at: _("Submitted"), finished_at: _("Finished"), elapsed_s: _("Seconds"), trace_id: _("Trace"), gateway_id: _("Gateway's id"),
  job_id: _("Job"), remembered_turns: _("Remembered turns"),
};

/** Who named what a request was charged. */
const chargedFrom = { gateway: _("the gateway's answer"), log: _("the gateway's log"), estimate: _("the estimate"), hold: _("the amount set aside") };

// notes that one person sees

const notes = {
  showPrices: _("Show the prices"),
  choices: _("I cannot ask a model here what you mean. These run as they are, at these prices:"),
  choice: (command, price) => (price ? `${command} · ${price}` : command),
  lists: { project: _("Projects"), style: _("Styles"), statement: _("Statements") },
  dismiss: _("Dismiss"),
  onlyYou: _("only you can see this"),
  problem: _("That did not go through"),
  understood: _("What was understood of the mask: white is what would change"),
  twice: _("You pressed twice; it is ordered and charged once."),
  about: (price) => _("About {price}", { price }),
  priceFor: (command, provider) => (provider ? _("for {command} at {provider}", { command, provider }) : _("for {command}", { command })),
  runFor: (price) => _("Run it for {price}", { price }),
  run: _("Run"),
  aboveLeft: _("Above what is left"),
  choose: (model) => _("Run {model} too", { model }),
  runTogether: (count, price) => ngettext("Run the chosen one for up to {price}", "Run the {count} chosen for up to {price}", count, { price }),
  compared: _("Prices side by side"),
  comparedHead: [_("Model"), _("Price"), _("Order")],
  notRun: _("Nothing has run and nothing was charged."),
  left: _("What is left"),
  notices: _("Notices"),
  noticesOn: _("You are told when 50, 80 and 100 percent of one of your limits are used."),
  noticesOff: _("You are not told when one of your limits runs low."),
  noticesTurn: { on: _("Tell me"), off: _("Tell me no more") },
  noLimit: _("You have no budget limit here."),
  requests: _("Your last requests"),
  nothingYet: _("Nothing yet."),
  models: (count) => ngettext("One model", "{count} models", count),
  firstModels: (count) => _("The first {count} are shown; add words to narrow it down.", { count }),
  help: _("What you can do here"),
  helpMore: _("Plain words are understood: ask, or say what to make or change; what costs more than usual shows its price first. Drop, paste or pick a picture to edit, enlarge or animate it. “/” jumps to the box, Tab completes, ↑ brings your last line back."),
  helpKeys: _("By keyboard: Alt+↑ goes to the newest message, ↑ and ↓ to the next ones, Tab to its buttons, Escape back to the box."),
  limitsOf: (name) => _("Limits of {name}", { name }),
  budgets: _("Budgets here"),
  noBudgets: _("There are none."),
  settings: _("Settings here"),
  forgotten: _("Forgotten"),
  erased: (turns) => ngettext("{count} remembered turn was erased.", "{count} remembered turns were erased.", turns),
  nothingToForget: _("There was nothing to forget."),
  cancelled: _("Cancelled"),
  stopped: _("It was stopped; nothing was charged."),
  stopping: _("It is being stopped; the receipt will say what it cost."),
};

// the side panel

const panel = {
  tabs: { talks: _("Chats"), money: _("Budget"), models: _("Models"), history: _("History"), library: _("Library"), admin: _("Admin") },
  label: _("Side panel"),
  close: _("Close the side panel"),
  waiting: (count) => _("{count} waiting", { count }),
  binds: _("What binds you"),
  spentByAll: _("Spent by everyone"),
  spentByYou: _("Spent by you"),
  ability: _("What it should be able to do"),
  everything: _("everything"),
  search: _("Search models"),
  noMatch: _("Nothing matches."),
  hints: _("Prices are hints; the true one is asked for before anything runs."),
  older: _("Older"),
  allRequests: _("Everyone's requests"),
  yourRequests: _("Your requests"),
  waitingForYou: _("Waiting for you"),
};

const budgets = {
  meter: (spent, held, limit) => _("{spent} spent and {held} held of {limit}", { spent, held, limit }),
  spent: (spent, limit, until) => _("{spent} spent of {limit} {until}", { spent, limit, until }),
  spentAndHeld: (spent, held, limit, until) => _("{spent} spent · {held} held of {limit} {until}", { spent, held, limit, until }),
  spentIn: (amount, count) => ngettext("{amount} in {count} request", "{amount} in {count} requests", count, { amount }),
  perDay: (amount, days) => ngettext("Spending per day, {amount} in {count} day", "Spending per day, {amount} in {count} days", days, { amount }),
  inDays: (amount, days) => ngettext("{amount} in {count} day", "{amount} in {count} days", days, { amount }),
  ofDay: (name, day, amount) => `${name}, ${day}: ${amount}`,
  namesake: (name, id) => `${name} (${id})`,
};

const admin = {
  budgets: _("Budgets"),
  noBudgets: _("There are none: everyone may spend what the account has."),
  setBudget: _("Set a budget"),
  settings: _("Settings"),
  grant: (amount) => `+ ${amount}`,
  grantTitle: _("Let this budget have one dollar more until it ends"),
  removeBudget: (budget) => _("Remove {budget}", { budget }),
  looser: _("Looser than before"),
  who: _("Who"),
  everyone: _("Everyone, each"),
  all: _("All together"),
  dollars: _("Dollars"),
  per: _("Per"),
  windows: { day: _("day"), week: _("week"), month: _("month"), total: _("in all") },
  set: _("Set"),
  resume: _("Let requests through again"),
  pause: _("Pause all new requests"),
  save: (group) => _("Save “{group}”", { group }),
  on: _("On"),
  off: _("Off"),
  firstThatFits: _("the first that fits"),
};

// the box, and who types

const box = {
  replying: (picture) => _("Replying to {picture}", { picture }),
  dropReply: _("Do not reply"),
  starters: [
    _("/generate a capybara in a hot spring, film photo --n 2"),
    _("/video a paper boat on a rainy street --seconds 4"),
    _("/compare generate a lighthouse at dusk"),
    "/help",
  ],
  forPictures: [
    ["/edit ", _("Change it")],
    ["/upscale --scale 2", _("Enlarge it")],
    ["/video ", _("Animate it")],
    ["/chat ", _("Ask about it")],
  ],
  placeholder: _("Talk, or / for commands"),
  hint: _("Enter sends · Shift+Enter for a new line · / for commands"),
  command: (name, help) => `/${name}: ${help}`,
  everyone: _("each person's default"),
  all: _("everybody together"),
  admin: _("admin"),
  aliases: (names) => _("also {names}", { names: names.join(", ") }),
  mostPictures: (count) => _("{count} pictures are the most at once.", { count }),
  tooLarge: (name, megabytes) => _("“{name}” is larger than {megabytes} MB, the most that can be taken.", { name, megabytes }),
  roleOf: (name) => _("What {name} is for", { name }),
  roles: { image: _("picture"), mask: _("mask"), reference: _("reference") },
  remove: (name) => _("Remove {name}", { name }),
};

const controls = {
  what: _("What to make"),
  talk: _("Just talk"),
  whats: { generate: _("Draw"), edit: _("Change a picture"), upscale: _("Enlarge"), chat: _("Ask"), video: _("Film") },
  model: _("Model"),
  anyModel: _("Usual model"),
  modelChoice: (name, price) => `${name}, ${price}`,
  shape: _("Shape"),
  anyShape: _("Any shape"),
  count: _("How many"),
  times: (count) => `${count} ×`,
  abilities: { generate: _("draws"), edit: _("changes pictures"), upscale: _("enlarges"), chat: _("answers"), video: _("films") },
  can: (abilities) => abilities.join(", "),
  most: (count) => _("up to {count} at once", { count }),
  inputs: (count) => _("takes {count} pictures", { count }),
  seconds: (seconds) => _("up to {seconds} s", { seconds }),
};

const conversations = {
  title: _("Conversations"),
  channel: _("playground"),
  everyones: _("everyone's"),
  begin: _("New conversation"),
  fresh: _("New conversation"),
  untitled: (when) => _("Conversation of {when}", { when }),
  product: _("Lumenfall playground"),
  pageTitle: (title) => _("{title} · Lumenfall playground", { title }),
  total: (count, amount) => ngettext("{count} request, {amount} so far", "{count} requests, {amount} so far", count, { amount }),
  pictures: _("Pictures of this conversation"),
  reply: (name) => _("Reply to {name}", { name }),
  opened: (title) => _("{title} is open now.", { title }),
};

const library = {
  words: _("Search in prompts"),
  person: _("Made by"),
  everyone: _("everyone"),
  kind: _("What was made"),
  model: _("Model"),
  anyModel: _("every model"),
  madeBy: (name, model) => `${name} · ${model}`,
  copy: _("Copy the address"),
  link: _("Open at its address"),
};

const brush = {
  title: _("Paint what may change"),
  help: _("Draw over the part that may change. By keyboard: arrows move the frame, Shift and arrows resize it, Space marks it, Ctrl+Z takes the last mark back."),
  canvas: _("The picture to paint on"),
  size: _("Brush size"),
  undo: _("Undo"),
  use: _("Use this mask"),
  paint: (name) => _("Paint a mask on {name}", { name }),
  unreadable: _("This browser cannot show the picture, so it cannot be painted on. You can attach a mask as a PNG instead."),
};

const page = {
  paused: _("paused by an admin"),
  demo: _("demo"),
  actAs: _("Act as"),
  person: (name, about) => `${name} · ${about}`,
  youAre: (name) => _("You are {name} now.", { name }),
  signOut: _("Sign out"),
  offline: _("The server cannot be reached just now. Please try again."),
  unreadable: (status) => _("The server answered with {status}.", { status }),
};

/** Where every module takes its texts from. */
export const say = { money, time, progress, states, result, offer, refusal, buttons, dialogs, facts, chargedFrom, notes, panel, budgets, admin, box, controls, conversations, library, brush, page };
