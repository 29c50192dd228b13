#:project ../../src/Weft.Data/Weft.Data.csproj
// Pairs for samples/recipes/api-summaries.yaml out of the documentation that every .NET SDK carries: the name of a member with its signature,
// and the first sentences of its summary. FOLDER gets train.jsonl, validation.jsonl and test.jsonl; a type with its members is in one of them.
// dotnet run samples/10-document/Program.cs FOLDER
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Data;

const int Longest = 160; // characters of a target, unless its first sentence has more
JsonSerializerOptions readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
Directory.CreateDirectory(args[0]);
Dictionary<DataSplit, StreamWriter> files = Enum.GetValues<DataSplit>().ToDictionary(split => split, split => File.CreateText(Path.Combine(args[0], $"{$"{split}".ToLowerInvariant()}.jsonl")));
Dictionary<DataSplit, int> counts = files.Keys.ToDictionary(split => split, _ => 0);
HashSet<string> seen = [];
foreach (TextDocument document in ApiDocumentation.Read(ApiDocumentation.FindFiles()))
{
    string[] lines = document.Text.Split('\n');
    string type = TypeOf(document.Source[(document.Source.IndexOf('#') + 1)..]);
    if (NameOf(lines[0], type) is not { } name || SummaryOf(lines) is not { } summary || !seen.Add(name))
        continue;
    // Held out by the type alone, so that no member is judged whose neighbours were learnt.
    DataSplit split = HashSplit.Of(type, validationFraction: 0.04, testFraction: 0.04);
    files[split].WriteLine(new JsonObject { ["source"] = name, ["target"] = summary }.ToJsonString(readable));
    counts[split]++;
}
foreach ((DataSplit split, StreamWriter file) in files)
{
    file.Dispose();
    Console.WriteLine($"{split}: {counts[split]:N0} pairs");
}

// M:System.Collections.Generic.List`1.Insert(System.Int32,`0) is of System.Collections.Generic.List`1, and T:System.Int32 of itself.
static string TypeOf(string id)
{
    string path = id[2..].Split('(', '~')[0];
    return id[0] == 'T' ? path : path[..Math.Max(0, path.LastIndexOf('.'))];
}

// List<T>.Insert(int, T) method gets its namespace, which stands before the segment that the title begins with.
static string? NameOf(string title, string type)
{
    string[] segments = type.Split('.');
    string outer = Regex.Match(title, @"^\w+").Value;
    int at = Array.FindLastIndex(segments, segment => segment.Split('`')[0] == outer);
    return at < 0 ? null : string.Join('.', [.. segments[..at], Regex.Replace(title, @" type in \S+$", " type")]);
}

// As many sentences as fit; none where the documentation begins with something else than a summary.
static string? SummaryOf(string[] lines)
{
    if (lines.Length < 2 || Regex.IsMatch(lines[1], @"^(Type parameters:|Parameters:|Returns: |Value: |Throws \S+[:.]|Remarks: |Example: )"))
        return null;
    string[] sentences = Regex.Split(lines[1], @"(?<=[.!?])\s+(?=[A-Z])");
    string text = sentences[0];
    for (int i = 1; i < sentences.Length && text.Length + sentences[i].Length < Longest; i++)
        text += " " + sentences[i];
    return text;
}
