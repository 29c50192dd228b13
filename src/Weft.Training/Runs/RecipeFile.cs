using System.Reflection;

using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Weft.Training.Runs;

/// <summary>Recipes as YAML, keys in hyphenated lower case.</summary>
public static class RecipeFile
{
    private static readonly MethodInfo MapList = typeof(RecipeFile).GetMethod(nameof(AddList), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>Reads a recipe and checks keys and types; ranges are checked when it is used.</summary>
    /// <exception cref="InvalidDataException">The file is no valid recipe; the message names file, line and remedy.</exception>
    public static Recipe Read(string path)
    {
        string text = File.ReadAllText(path);
        try
        {
            new RecipeSyntax(path).Check(text);
            return Deserializer().Deserialize<Recipe>(text);
        }
        catch (YamlException e)
        {
            string reason = (e.InnerException ?? e).Message.ReplaceLineEndings(" ");
            // What is missing at the end is told of the line after it.
            long line = Math.Min(e.Start.Line, text.AsSpan().TrimEnd().Count('\n') + 1);
            throw new InvalidDataException($"{path}, line {line}: {reason}; docs/recipes.md lists the keys", e);
        }
    }

    /// <summary>Writes a recipe; <see cref="Read"/> gives an equal one.</summary>
    public static void Write(string path, Recipe recipe) => AtomicFile.WriteText(path, Format(recipe));

    /// <summary>A recipe as YAML.</summary>
    public static string Format(Recipe recipe) => new SerializerBuilder()
        .WithNamingConvention(HyphenatedNamingConvention.Instance)
        .WithEnumNamingConvention(HyphenatedNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .Build().Serialize(recipe);

    private static IDeserializer Deserializer()
    {
        DeserializerBuilder builder = new DeserializerBuilder()
            .WithNamingConvention(HyphenatedNamingConvention.Instance)
            .WithEnumNamingConvention(HyphenatedNamingConvention.Instance)
            .WithDuplicateKeyChecking();
        // The reader makes no read-only list by itself.
        foreach (Type item in RecipeKey.Root.All().Where(key => key.Item is not null).Select(key => key.Item!.Type).Distinct())
            MapList.MakeGenericMethod(item).Invoke(null, [builder]);
        return builder.Build();
    }

    private static void AddList<T>(DeserializerBuilder builder) => builder.WithTypeMapping<IReadOnlyList<T>, List<T>>();
}
