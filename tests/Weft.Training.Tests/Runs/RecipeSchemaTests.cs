using System.Text.Json;
using System.Xml.Linq;

using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class RecipeSchemaTests
{
    /// <summary>Set to 1, the file is written anew; its difference is then reviewed like any other.</summary>
    private const string UpdateVariable = "WEFT_UPDATE_SNAPSHOTS";

    private static readonly string Published = Path.Combine(TestAssets.RepositoryRoot, "docs", "recipe.schema.json");

    private static string Generated => RecipeSchema.Generate(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Weft.Training.xml")));

    [Fact]
    public void The_published_schema_is_that_of_the_records()
    {
        string generated = Generated;
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(Published, generated);
        Assert.True(File.ReadAllText(Published).ReplaceLineEndings("\n") == generated,
            $"{Published} differs from the recipe records; run this test with {UpdateVariable}=1 and review the difference");
        Assert.True(RecipeSchema.Json.ReplaceLineEndings("\n") == generated, "the library holds an older schema; build it again");
    }

    [Fact]
    public void Types_ranges_choices_defaults_and_meanings_are_in_it()
    {
        using JsonDocument schema = JsonDocument.Parse(Generated);
        JsonElement root = schema.RootElement;
        Assert.False(root.GetProperty("additionalProperties").GetBoolean());
        JsonElement batch = At(root, "training", "batch");
        Assert.Equal("""["integer","null"]""", Compact(batch.GetProperty("type")));
        Assert.Equal(1, batch.GetProperty("minimum").GetInt32());
        JsonElement share = At(root, "text", "validation");
        Assert.Equal(("number", 0.02, 0.0, 0.5), (share.GetProperty("type").GetString(), share.GetProperty("default").GetDouble(),
            share.GetProperty("exclusiveMinimum").GetDouble(), share.GetProperty("maximum").GetDouble()));
        JsonElement kind = At(root, "tokenizer", "kind");
        Assert.Equal("""["byte-bpe","characters","wordpiece"]""", Compact(kind.GetProperty("enum")));
        Assert.Equal("byte-bpe", kind.GetProperty("default").GetString());
        Assert.Contains("characters: One id for each character.", kind.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal("string", At(root, "text", "paths").GetProperty("items").GetProperty("type").GetString());
        JsonElement weight = root.GetProperty("properties").GetProperty("data").GetProperty("items").GetProperty("properties").GetProperty("weight");
        Assert.Equal(0, weight.GetProperty("exclusiveMinimum").GetDouble());
    }

    [Fact]
    public void Every_key_is_described_and_every_range_has_its_key()
    {
        HashSet<string> paths = [.. RecipeKey.Root.All().Select(RecipeRange.NameOf)];
        Assert.All(RecipeRange.ByKey.Keys, key => Assert.Contains(key, paths));
        using JsonDocument schema = JsonDocument.Parse(Generated);
        Describes(schema.RootElement, "");

        static void Describes(JsonElement element, string path)
        {
            if (path.Length > 0 && !path.EndsWith("[]", StringComparison.Ordinal))
                Assert.True(element.TryGetProperty("description", out JsonElement text) && text.GetString()!.Length > 5, $"{path} has no description");
            if (element.TryGetProperty("properties", out JsonElement properties))
                foreach (JsonProperty property in properties.EnumerateObject())
                    Describes(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}");
            if (element.TryGetProperty("items", out JsonElement items))
                Describes(items, path + "[]");
        }
    }

    [Fact]
    public void Defaults_lie_in_their_ranges()
    {
        foreach (RecipeKey key in RecipeKey.Root.All().Where(key => RecipeRange.ByKey.ContainsKey(RecipeRange.NameOf(key))))
            if (key.Default() is IConvertible value)
                Assert.True(RecipeRange.ByKey[RecipeRange.NameOf(key)].Holds(value.ToDouble(null)), $"{key.Path} is {value} by default");
    }

    private static JsonElement At(JsonElement schema, params string[] path) =>
        path.Aggregate(schema, (element, name) => element.GetProperty("properties").GetProperty(name));

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
