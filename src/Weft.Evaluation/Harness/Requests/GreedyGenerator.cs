using System.Numerics.Tensors;
using System.Text;
using Weft.Inference;
using Weft.Text;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>
/// Continues prompts by the likeliest token until a text to stop at, many at once: where one ends, the next begins, so that the batch stays full.
/// </summary>
/// <param name="generator">The model and its tokenizer.</param>
/// <param name="batch">Most sequences that are computed together.</param>
internal sealed class GreedyGenerator(TextGenerator generator, int batch)
{
    /// <summary>Continues prompts, the longest first.</summary>
    /// <param name="prompts">Each fits the model's context together with its tokens.</param>
    /// <param name="answered">Told the index of each prompt and what follows it.</param>
    /// <param name="ct">Ends it between two blocks of the model.</param>
    public void Run(IReadOnlyList<(int[] Ids, GenerationRequest Request)> prompts, Action<int, string> answered, CancellationToken ct)
    {
        var waiting = new Queue<int>(Enumerable.Range(0, prompts.Count).OrderByDescending(i => prompts[i].Ids.Length));
        List<Sequence> active = [];
        int vocabulary = generator.Model.Spec.VocabularySize;
        float[] logits = new float[Math.Min(batch, prompts.Count) * vocabulary];
        try
        {
            while (waiting.Count + active.Count > 0)
            {
                while (active.Count < batch && waiting.TryDequeue(out int index))
                    active.Add(new(index, generator, prompts[index].Ids, prompts[index].Request));
                generator.Model.Forward([.. active.Select(sequence => new SequenceInput(sequence.Next, sequence.Cache))], logits.AsSpan(0, active.Count * vocabulary), ct);
                for (int i = active.Count - 1; i >= 0; i--)
                {
                    Sequence sequence = active[i];
                    if (!sequence.Take(TensorPrimitives.IndexOfMax(logits.AsSpan(i * vocabulary, vocabulary))))
                        continue;
                    answered(sequence.Index, sequence.Text);
                    sequence.Dispose();
                    active.RemoveAt(i);
                }
            }
        }
        finally
        {
            active.ForEach(sequence => sequence.Dispose());
        }
    }

    /// <summary>A text before the first of the texts to stop at.</summary>
    public static string Cut(string text, IEnumerable<string> stops)
    {
        foreach (string stop in stops)
            if (text.IndexOf(stop, StringComparison.Ordinal) is >= 0 and int at)
                text = text[..at];
        return text;
    }

    /// <summary>One text that is being written.</summary>
    private sealed class Sequence : IDisposable
    {
        private readonly TextGenerator _generator;
        private readonly GenerationRequest _request;
        private readonly Detokenizer _detokenizer;
        private readonly StringBuilder _text = new();
        private readonly int _longestStop;
        private int _tokens;

        public Sequence(int index, TextGenerator generator, int[] prompt, GenerationRequest request)
        {
            (Index, _generator, _request, Next) = (index, generator, request, prompt);
            _longestStop = request.Stops.Select(stop => stop.Length).DefaultIfEmpty(0).Max();
            Cache = generator.Model.CreateCache(prompt.Length + request.MaximumTokens - 1);
            _detokenizer = generator.Tokenizer.CreateDetokenizer();
            // It follows the prompt too: alone, a continuation would lose the space that it begins with.
            foreach (int id in prompt)
                _detokenizer.Append(id);
        }

        public int Index { get; }

        /// <summary>What the model reads next.</summary>
        public int[] Next { get; private set; }

        public KeyValueCache Cache { get; }

        public string Text => Cut(_text.ToString(), _request.Stops);

        /// <summary>Takes the next token.</summary>
        /// <returns>The text ends with it.</returns>
        public bool Take(int id)
        {
            bool last = _generator.EndOfTextIds.Contains(id) || ++_tokens == _request.MaximumTokens;
            // Only what is new, and what a stop that ends in it may begin with, is searched.
            int from = Math.Max(0, _text.Length - _longestStop);
            if (id < _generator.Tokenizer.VocabularySize)
                _text.Append(_detokenizer.Append(id));
            if (last)
                _text.Append(_detokenizer.Flush());
            string recent = _text.ToString(from, _text.Length - from);
            Next = [id];
            return last || _request.Stops.Any(stop => recent.Contains(stop, StringComparison.Ordinal));
        }

        public void Dispose() => Cache.Dispose();
    }
}
