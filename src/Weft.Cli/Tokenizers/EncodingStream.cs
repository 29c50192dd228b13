using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Answers lines of JSON strings with lines of ids, in order.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="options">How it encodes.</param>
/// <param name="unit">What offsets count: one of <see cref="TextPositions.Units"/>.</param>
/// <param name="threads">Most at work at once; null for all cores.</param>
internal sealed class EncodingStream(Tokenizer tokenizer, EncodeOptions options, string unit, int? threads)
{
    /// <summary>Runs until the input ends; answers are flushed before it waits for more.</summary>
    /// <exception cref="InvalidDataException">A line is no JSON string; what stands before it has been answered.</exception>
    public void Run(Stream input, TextWriter output, CancellationToken ct)
    {
        foreach (IReadOnlyList<InputLine> lines in new InputLines(input, ct).Batches())
        {
            string?[] answers = new string?[lines.Count];
            var errors = new InvalidDataException?[lines.Count];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = ct };
            if (lines.Count == 1)
                Answer(0);
            else
                Parallel.For(0, lines.Count, parallel, Answer);
            for (int i = 0; i < answers.Length; i++)
                output.WriteLine(answers[i] ?? throw errors[i]!);
            output.Flush();

            void Answer(int i)
            {
                try
                {
                    answers[i] = Encode(JsonText.Read(lines[i].Bytes.Span));
                }
                catch (FormatException e)
                {
                    errors[i] = new($"standard input, line {lines[i].Number}: {e.Message}; write one JSON string a line", e);
                }
            }
        }
    }

    private string Encode(string text)
    {
        EncodedText encoded = tokenizer.Encode(text, options);
        var json = new StringBuilder(16 * encoded.Ids.Length + 32);
        EncodingJson.AppendIds(json.Append('{'), encoded.Ids);
        EncodingJson.AppendOffsets(json.Append(','), encoded, new TextPositions(text, unit));
        return json.Append('}').ToString();
    }
}
