import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Secret } from '../../src/config/config.ts';
import { configFromDocument } from '../../src/config/load.ts';
import { SecretFiles, type SecretFileProblem } from '../../src/config/secret-files.ts';
import { MaskedSecret } from '../../src/config/secret.ts';
import { account, configOf, document, mistakesOf, plantedSecret, temporaryFolder } from './kit.ts';

/** Long enough that only `poll` looks. */
const never = 3_600_000;

describe('secret', () => {
  it('shows *** to whoever does not ask by name', () => {
    const secret = new MaskedSecret('literal', () => plantedSecret);
    for (const shown of [String(secret), secret.toJSON(), JSON.stringify({ secret }), inspect({ secret })]) {
      assert.match(shown, /\*\*\*/);
      assert.ok(!shown.includes(plantedSecret));
    }
    assert.ok(!inspect(secret, { showHidden: true, customInspect: false }).includes(plantedSecret));
    assert.equal(secret.reveal(), plantedSecret);
  });

  it('comes from the environment once, at load', () => {
    const changing = { SHOP_SECRET: 'before' };
    const config = configOf(document(), { env: changing });
    changing.SHOP_SECRET = 'after';
    assert.equal(config.accounts[0]?.keys[0]?.secret.reveal(), 'before');
  });

  it('does not take what every object inherits for an environment variable', () => {
    const keys = [{ accessKey: 'A', secret: { env: 'constructor' } }];
    assert.match(
      mistakesOf(document({ accounts: [account({ keys })] }))[0] ?? '',
      /constructor, which is not set$/,
    );
  });
});

describe('secret files', () => {
  const folder = temporaryFolder();
  const opened: SecretFiles[] = [];
  after(() => {
    for (const files of opened) files.close();
    folder.remove();
  });

  function follow(name: string, content: string, intervalMs = never) {
    const file = folder.write(name, content);
    const files = new SecretFiles({ intervalMs });
    opened.push(files);
    const problems: SecretFileProblem[] = [];
    const reading = files.open(file);
    assert.ok(reading.ok);
    files.start((problem) => problems.push(problem));
    return { file, files, secret: reading.secret, problems };
  }

  it('trims the newline at the end and nothing else', () => {
    assert.equal(follow('trim', ' two words \r\n').secret.reveal(), ' two words ');
  });

  it('follows a file that is rewritten or replaced', async () => {
    const { file, files, secret, problems } = follow('rotating', 'one\n');
    folder.write('rotating', 'second\n');
    await files.poll();
    assert.equal(secret.reveal(), 'second');
    renameSync(folder.write('next', 'third'), file);
    await files.poll();
    assert.equal(secret.reveal(), 'third');
    assert.deepEqual(problems, []);
  });

  it('keeps the last good value of an empty or vanished file, tells once, and recovers', async () => {
    const { file, files, secret, problems } = follow('troubled', 'good');
    folder.write('troubled', '\n');
    await files.poll();
    await files.poll();
    assert.equal(secret.reveal(), 'good');
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? '', /is empty; its last good value stays in use$/);
    rmSync(file);
    await files.poll();
    assert.equal(problems.length, 1);
    folder.write('troubled', 'better');
    await files.poll();
    assert.equal(secret.reveal(), 'better');
    rmSync(file);
    await files.poll();
    assert.match(problems[1]?.message ?? '', /does not exist/);
  });

  it('is well again when a vanished file comes back unchanged', async () => {
    const { file, files, problems } = follow('moved', 'same');
    renameSync(file, `${file}.away`);
    await files.poll();
    renameSync(`${file}.away`, file);
    await files.poll();
    rmSync(file);
    await files.poll();
    assert.equal(problems.length, 2);
  });

  it('looks by itself at the given interval', async () => {
    const { secret } = follow('timed', 'first', 5);
    folder.write('timed', 'changed');
    await becomes(secret, 'changed');
  });

  it('stands still once closed', async () => {
    const { files, secret, problems } = follow('closed', 'last');
    files.close();
    folder.write('closed', 'ignored');
    await files.poll();
    assert.equal(secret.reveal(), 'last');
    assert.deepEqual(problems, []);
  });

  it('opens one file once, however often it is named', () => {
    const file = folder.write('shared', 'x');
    const files = new SecretFiles();
    const [one, other] = [files.open(file), files.open(file)];
    assert.ok(one.ok && other.ok);
    assert.equal(one.secret, other.secret);
  });

  it('refuses an empty file, a directory and a huge file, at the key that names them', () => {
    folder.write('empty', '\n');
    folder.write('huge', 'x'.repeat(65_537));
    for (const [file, problem] of [
      ['empty', /which is empty$/],
      ['.', /which is not a regular file$/],
      ['huge', /which is larger than 64 KiB$/],
    ] as const) {
      const keys = [{ accessKey: 'A', secret: { file } }];
      const [mistake] = mistakesOf(document({ accounts: [account({ keys })] }), { baseDir: folder.path });
      assert.match(mistake ?? '', /^accounts\[0\]\.keys\[0\]\.secret: names the secret file /);
      assert.match(mistake ?? '', problem);
    }
  });

  it('follows the file of a frozen configuration', async () => {
    folder.write('frozen', 'old');
    const keys = [{ accessKey: 'A', secret: { file: 'frozen' } }];
    const result = configFromDocument(document({ accounts: [account({ keys })] }), { baseDir: folder.path });
    assert.ok(result.ok);
    const [shop] = result.config.accounts;
    folder.write('frozen', 'newer');
    await result.secrets.poll();
    assert.equal(shop?.keys[0]?.secret.reveal(), 'newer');
  });
});

async function becomes(secret: Secret, value: string): Promise<void> {
  while (secret.reveal() !== value) await new Promise((resolve) => setTimeout(resolve, 2));
}
