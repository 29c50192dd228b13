using System.Diagnostics;
using System.Globalization;
using Weft.Inference;

namespace Weft.Cli.Generation;

/// <summary>Continuations, or translations, of texts that stand one a line in a file, one after the other.</summary>
/// <param name="context">Where they are written.</param>
/// <param name="generator">The model.</param>
/// <param name="options">How far and how, the same for each text.</param>
internal sealed class LineContinuations(CommandContext context, TextGenerator generator, GenerationOptions options)
{
    private int _tokens;

    /// <summary>Writes what becomes of each text as a line of its own, or as a line of JSON; an empty text stays empty.</summary>
    /// <param name="path">The file, named where a text does not fit.</param>
    /// <param name="texts">Its texts.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <returns>The exit code.</returns>
    public int Write(string path, IReadOnlyList<string> texts, bool json)
    {
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        try
        {
            foreach (string text in texts)
            {
                WriteOne($"file '{path}', line {done + 1}", text, json);
                done++;
            }
        }
        catch (OperationCanceledException)
        {
            return Summarize(done, texts.Count, start, Failure.Cancelled);
        }
        return Summarize(done, texts.Count, start, exitCode: 0);
    }

    private void WriteOne(string place, string text, bool json)
    {
        string written = "";
        IReadOnlyList<int> ids = [];
        if (text.Length > 0)
            (written, ids) = Continue(place, text);
        if (json)
            WriteJson(written, ids);
        else
            // A line holds one text.
            context.Output.WriteLine(written.ReplaceLineEndings(" ").Trim());
        context.Output.Flush();
        _tokens += ids.Count;
    }

    private (string Text, IReadOnlyList<int> Ids) Continue(string place, string text)
    {
        try
        {
            var continuation = new Continuation(generator, generator.Tokenizer.EncodeToIds(text), options, context.Cancellation);
            return (string.Concat(continuation.Pieces()), continuation.Ids);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{place}: {Failure.From(e).Message}", e);
        }
    }

    private void WriteJson(string text, IReadOnlyList<int> ids)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.WriteIds(ids);
        json.Writer.WriteString("text", text);
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private int Summarize(int done, int all, long start, int exitCode)
    {
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string part = done == all ? $"{all} lines" : $"{done} of {all} lines, cancelled";
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part}, {_tokens} tokens in {seconds:F1} s"));
        return exitCode;
    }
}
