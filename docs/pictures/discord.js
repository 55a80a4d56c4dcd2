// A recorded walk on Discord, drawn with discord-components. Containers have no component of their own there:
// they are drawn as embeds, with the same colour, words, pictures and buttons.

import "@skyra/discord-components-core";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "destructive", 5: "link" };

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

// Marks of Discord's Markdown that the bot uses, each with the component that draws it.
const MARKS = [
  [/\*\*(.+?)\*\*/, (words) => element("strong", {}, ...inline(words))],
  [/`(.+?)`/, (words) => element("discord-code", {}, words)],
  [/<@!?(\d+)>/, (id) => element("discord-mention", {}, walk.people[id] ?? "someone")],
  [/<t:\d+:t>/, () => element("discord-time", {}, "16:15")],
  [/<t:\d+:R>/, () => element("discord-time", {}, "in 15 minutes")],
];

function inline(text) {
  const found = MARKS.map(([pattern, draw]) => ({ match: pattern.exec(text), draw })).filter(({ match }) => match);
  if (!found.length) return text ? [text] : [];
  const first = found.reduce((left, right) => (right.match.index < left.match.index ? right : left));
  const { match, draw } = first;
  return [
    ...inline(text.slice(0, match.index)),
    draw(match[1]),
    ...inline(text.slice(match.index + match[0].length)),
  ];
}

function line(text) {
  if (text.startsWith("> ")) return element("discord-quote", {}, ...inline(text.slice(2)));
  if (text.startsWith("-# ")) return element("div", { className: "small" }, ...inline(text.slice(3)));
  return element("div", {}, ...inline(text));
}

const words = (text) => element("div", { className: "words" }, ...text.split("\n").map(line));

// A film stands as its first frame, with the sign that it plays.
const media = (file) => {
  const film = file.endsWith(".mp4");
  const image = element("img", { src: film ? file.replace(/mp4$/, "png") : file, className: "media" });
  return element("div", { className: film ? "film" : "still" }, image);
};

function part(item, files) {
  switch (item.type) {
    case 1:
      return element("discord-action-row", {}, ...item.components.map((child) => part(child, files)));
    case 2:
      return element("discord-button", { type: STYLES[item.style] }, item.label);
    case 10:
      return words(item.content);
    case 12:
      return element("div", { className: "gallery" }, ...files.map(media));
    case 17: {
      const inside = item.components.map((child) => part(child, files));
      const text = element("discord-embed-description", { slot: "description" }, ...inside);
      const color = `#${item.accent_color.toString(16).padStart(6, "0")}`;
      return element("discord-embed", { slot: "embeds", color }, text);
    }
    default:
      throw new Error(`no drawing for component ${item.type}`);
  }
}

function message({ author, bot, text, components, files }) {
  const color = bot ? "" : "#e8b04a";
  const made = element("discord-message", { author, bot, avatar: avatarOf(author), roleColor: color, timestamp: "16:00" });
  made.append(...inline(text), ...components.map((item) => part(item, files)));
  return made;
}

const walk = window.walk;
const avatarOf = window.avatarOf;
document.body.append(element("discord-messages", {}, ...walk.messages.map(message)));
