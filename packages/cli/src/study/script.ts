/**
 * The script of a study's page. It runs from a file, without a server: the trials are in the page, answers are kept in
 * the browser as they are given, so that a page that was closed goes on, and saved as a download.
 */
export const STUDY_SCRIPT = `
'use strict';
const study = JSON.parse(document.getElementById('study').textContent);
const steps = study.trials.flatMap((trial, index) =>
  study.questions.map((question) => ({ ...trial, index, ...question })));
const store = 'lusd-study-' + study.id;
const byId = (id) => document.getElementById(id);

let state = { participant: '', choices: [] };
try {
  state = JSON.parse(localStorage.getItem(store)) ?? state;
} catch {
  byId('note').textContent = 'This browser keeps nothing: save your answers before you close the page.';
}

function keep() {
  try {
    localStorage.setItem(store, JSON.stringify(state));
  } catch {
    // Told when the page was opened.
  }
}

function show() {
  const step = steps[state.choices.length];
  byId('trial').hidden = step === undefined;
  byId('end').hidden = step !== undefined;
  byId('progress').max = steps.length;
  byId('progress').value = state.choices.length;
  byId('back').disabled = state.choices.length === 0;
  if (step === undefined) return;
  byId('question').textContent = step.text;
  byId('prompt').textContent = step.prompt;
  for (const side of ['source', 'left', 'right']) byId(side).src = step[side];
}

function choose(choice) {
  if (state.choices.length === steps.length) return;
  state.choices.push(choice);
  keep();
  show();
}

function back() {
  state.choices.pop();
  keep();
  show();
}

function save() {
  const answers = state.choices.map((choice, i) =>
    ({ trial: steps[i].index, question: steps[i].name, choice }));
  const text = JSON.stringify({ study: study.id, participant: state.participant, answers }, null, 2);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text + '\\n'], { type: 'application/json' }));
  link.download = 'answers-' + (state.participant.replace(/[^\\w-]+/g, '_') || 'anonymous') + '.json';
  link.click();
}

byId('participant').value = state.participant;
byId('participant').addEventListener('input', ({ target }) => {
  state.participant = target.value;
  keep();
});
for (const button of document.querySelectorAll('[data-choice]'))
  button.addEventListener('click', () => choose(Number(button.dataset.choice)));
byId('back').addEventListener('click', back);
for (const button of document.querySelectorAll('[data-save]')) button.addEventListener('click', save);
document.addEventListener('keydown', (event) => {
  if (event.target.tagName === 'INPUT' || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (['0', '1', '2'].includes(event.key)) choose(Number(event.key));
  if (event.key === 'Backspace' && state.choices.length > 0) back();
});
show();
`;
