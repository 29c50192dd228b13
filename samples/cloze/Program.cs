#:project ../../src/Weft.Data/Weft.Data.csproj
// Questions that nobody asked, to learn reading from: a sentence without one of its parts is the question, its paragraph the text, the missing part the answer
// (Lewis, Denoyer and Riedel 2019, "Unsupervised question answering by cloze translation", arXiv:1906.04980). Takes text with a paragraph a line, such as WikiText.
// dotnet run samples/cloze/Program.cs wiki.valid.raw.gz > cloze.jsonl
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Data;

const int Shortest = 200, Longest = 400, PerSentence = 4, Around = 14;
const double Kept = 0.8;

// WikiText writes blanks around punctuation.
(string Pattern, string Instead)[] spelling =
[
    (@" @(.)@ ", "$1"), (@" ([,.;:!?)\]%]|'s\b|n't\b)", "$1"), (@"([(\[]) ", "$1"), ("\" ([^\"]*) \"", "\"$1\""), (@"\s+", " "),
];
// Names, numbers with what they count, and runs of longer words: what people ask for.
var parts = new Regex(@"(?<name>(?<!^)\b\p{Lu}[\w'-]*(?: (?:of |the |de )?\p{Lu}[\w'-]*)*)|(?<number>\b\d[\d,.]*\d?(?: \p{Ll}{3,})?)|(?<thing>\b\p{Ll}{5,}(?: \p{Ll}{5,}){0,2})");
var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
var random = new Random(1);

foreach (TextDocument document in TextFiles.ReadWhole(TextFiles.Expand(args)))
    foreach (string line in document.Text.Split('\n'))
    {
        string text = spelling.Aggregate(line.Trim(), (before, rule) => Regex.Replace(before, rule.Pattern, rule.Instead));
        if (text.Length < Shortest || text.StartsWith('='))
            continue;
        // Some sentences at a time, so that texts are soon read and none is part of another.
        List<string> sentences = [];
        foreach (string sentence in Regex.Split(text, @"(?<=[.!?]""?) (?=[\p{Lu}""])"))
        {
            if (sentences.Sum(one => one.Length + 1) + sentence.Length > Longest)
                Write(sentences);
            sentences.Add(sentence);
        }
        Write(sentences);
    }

void Write(List<string> sentences)
{
    string text = string.Join(' ', sentences);
    int start = 0;
    foreach (string sentence in sentences)
    {
        foreach (Match part in parts.Matches(sentence).OrderBy(_ => random.Next()).Take(PerSentence))
            Console.WriteLine(new JsonObject
            {
                ["question"] = Ask(sentence, part),
                ["context"] = text,
                ["answer"] = part.Value,
                ["answer_start"] = text[..(start + part.Index)].EnumerateRunes().Count(),
            }.ToJsonString(options));
        start += sentence.Length + 1;
    }
    sentences.Clear();
}

// The words around the part, most of them, behind a word that asks for it.
string Ask(string sentence, Match part)
{
    string ask = part.Groups["number"].Success ? Regex.IsMatch(part.Value, @"^\d{4}\b") ? "When" : "How many" : part.Groups["name"].Success && random.Next(2) == 0 ? "Who" : random.Next(4) == 0 ? "Which" : "What";
    string[] before = sentence[..part.Index].Split(' ', StringSplitOptions.RemoveEmptyEntries), after = sentence[(part.Index + part.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    IEnumerable<string> words = [.. before.TakeLast(Around), .. after.Take(Around)];
    string[] kept = [.. words.Select(word => word.Trim(',', '.', ';', ':', '(', ')', '"')).Where(word => word.Length > 0 && random.NextDouble() < Kept)];
    return $"{ask} {string.Join(' ', kept)}?";
}
