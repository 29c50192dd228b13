// Measures node-llama-cpp on the CPU: node node-llama-cpp.mjs FOLDER MODEL THREADS PROMPT GENERATE, where FOLDER has the package in its
// node_modules. Prints one JSON object, whose values are null for what was left out.
import {createRequire} from "node:module";
import path from "node:path";
import {pathToFileURL} from "node:url";

// One line that says what is wrong, where node would end with its own version.
process.on("uncaughtException", error => {
    console.error(String(error?.message ?? error).split("\n")[0]);
    process.exit(1);
});

const [folder, model, ...numbers] = process.argv.slice(2);
const [threads, promptLength, generated] = numbers.map(Number);
const {getLlama} = await import(pathToFileURL(createRequire(path.resolve(folder, "here.js")).resolve("node-llama-cpp")));

// build: "never" takes the library that came with the package, or none: nothing is downloaded or compiled here.
const llama = await getLlama({gpu: false, build: "never", maxThreads: threads, logLevel: "error"});
const loaded = await llama.loadModel({modelPath: model, gpuLayers: 0});
const context = await loaded.createContext({contextSize: Math.max(promptLength, generated) + 8, batchSize: Math.max(promptLength, 8), threads});
const sequence = context.getSequence();
// As in the engine's own measurement: ids without a meaning, and token 1 to begin with. Ids from 259 on are no control tokens in any usual model.
const prompt = Array.from({length: promptLength}, (_, i) => 259 + (i * 7919) % (loaded.fileInfo.metadata.tokenizer.ggml.tokens.length - 259));

async function read(ids) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(ids);
}

async function generate(count) {
    await sequence.clearHistory();
    let made = 0;
    for await (const _ of sequence.evaluate([1], {temperature: 0, yieldEogToken: true}))
        if (++made === count)
            break;
    if (made !== count)
        throw new Error(`${made} tokens were generated instead of ${count}`);
}

async function perSecond(count, run) {
    if (count === 0)
        return null;
    // Once to warm up, as the other measurements do.
    await run();
    const start = performance.now();
    await run();
    return count * 1000 / (performance.now() - start);
}

const promptSpeed = await perSecond(promptLength, () => read(prompt));
const generateSpeed = await perSecond(generated, () => generate(generated));
console.log(JSON.stringify({prompt: promptSpeed, generate: generateSpeed}));
await llama.dispose();
