// A recorded walk on Slack, drawn with slack-blocks-to-jsx. Files stand below their message, as Slack shows them.

import { createRoot } from "react-dom/client";
import { Message } from "slack-blocks-to-jsx";
import "slack-blocks-to-jsx/dist/style.css";

const { people, messages } = window.walk;
const users = Object.entries(people).map(([id, name]) => ({ id, name }));
// Everything is said at four o'clock, and an offer ends a quarter of an hour later.
const at = (minutes) => new Date(new Date().setHours(16, minutes, 0, 0));
const dated = (blocks) => JSON.parse(JSON.stringify(blocks).replace(/<!date\^\d+\^/g, `<!date^${at(15) / 1000}^`));
const blocksOf = ({ blocks, text }) => (blocks.length ? blocks : [{ type: "section", text: { type: "mrkdwn", text } }]);

// A film stands as its first frame, with the sign that it plays.
const File = ({ name }) => (
  <div className={name.endsWith(".mp4") ? "film" : "still"}>
    <img className="media" src={name.replace(/mp4$/, "png")} />
  </div>
);

const Entry = ({ message }) => (
  <article className={message.bot ? "app" : "person"}>
    <Message
      name={message.author}
      logo={window.avatarOf(message.author)}
      time={at(0)}
      theme="light"
      blocks={dated(blocksOf(message))}
      data={{ users }}
    />
    <div className="files">
      {message.files.map((name) => (
        <File key={name} name={name} />
      ))}
    </div>
  </article>
);

createRoot(document.body.appendChild(document.createElement("main"))).render(
  messages.map((message, number) => <Entry key={number} message={message} />),
);
