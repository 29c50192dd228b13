using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Weft.Tasks;

/// <summary>
/// An answer as it is written, with the calls of tools in it: <c>&lt;tool_call>{"name": …, "arguments": {…}}&lt;/tool_call></c>, the form of Hermes and Qwen. What may
/// become a call is held back; what looks like one but is not stays text.
/// </summary>
/// <param name="reads">Off: there are no tools, and all is text.</param>
internal sealed partial class ToolCallText(bool reads)
{
    /// <summary>What a call looks like.</summary>
    public const string Form = """<tool_call>{"name": …, "arguments": {…}}</tool_call>""";

    private const string Opening = "<tool_call>", Closing = "</tool_call>";

    private readonly StringBuilder _held = new();

    /// <summary>No text has come since the last call.</summary>
    private bool _afterCall;

    /// <summary>Calls so far.</summary>
    public int Count { get; private set; }

    /// <summary>A prompt with tools shows this form; other models put other things between the same marks.</summary>
    public static bool IsAskedForBy(string prompt) => Example().IsMatch(prompt);

    /// <summary>Adds a piece and gives what is certain.</summary>
    public IReadOnlyList<AIContent> Append(string piece)
    {
        if (!reads)
            return piece.Length > 0 ? [new TextContent(piece)] : [];
        List<AIContent> contents = [];
        string text = _held.Append(piece).ToString();
        _held.Clear();
        for (int start; (start = text.IndexOf(Opening, StringComparison.Ordinal)) >= 0;)
        {
            int end = text.IndexOf(Closing, start, StringComparison.Ordinal);
            AddText(contents, text[..start]);
            if (end < 0)
            {
                _held.Append(text, start, text.Length - start);
                return contents;
            }
            contents.Add(Call(text[(start + Opening.Length)..end]) ?? (AIContent)new TextContent(text[start..(end + Closing.Length)]));
            text = text[(end + Closing.Length)..];
        }
        int certain = text.Length - StopText.HeldBack(text, Opening);
        if (IsBetweenCalls(text[..certain]))
            certain = 0;
        AddText(contents, text[..certain]);
        _held.Append(text, certain, text.Length - certain);
        return contents;
    }

    /// <summary>What was held back, since no more comes.</summary>
    public IReadOnlyList<AIContent> Flush()
    {
        List<AIContent> contents = [];
        AddText(contents, _held.ToString());
        _held.Clear();
        return contents;
    }

    /// <summary>Line breaks beside calls are no part of an answer.</summary>
    private bool IsBetweenCalls(string text) => _afterCall && string.IsNullOrWhiteSpace(text);

    private void AddText(List<AIContent> contents, string text)
    {
        if (text.Length == 0 || IsBetweenCalls(text))
            return;
        contents.Add(new TextContent(text));
        _afterCall = false;
    }

    private FunctionCallContent? Call(string json)
    {
        JsonElement call;
        try
        {
            call = JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            // The model wrote it, so it may be anything; the caller sees it as text.
            return null;
        }
        if (call.Text("name") is not { } name)
            return null;
        Count++;
        _afterCall = true;
        return new(Guid.NewGuid().ToString("N"), name, call.Object("arguments").EnumerateObject().ToDictionary(one => one.Name, one => (object?)one.Value));
    }

    [GeneratedRegex("""<tool_call>\s*\{\s*['"](name|arguments)['"]""")]
    private static partial Regex Example();
}
