using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Weft.Training.Runs;

/// <summary>Recipes as YAML, keys in hyphenated lower case.</summary>
public static class RecipeFile
{
    /// <summary>Reads and checks a recipe.</summary>
    /// <exception cref="InvalidDataException">The file is no valid recipe; the message names file, line and remedy.</exception>
    public static Recipe Read(string path)
    {
        IDeserializer yaml = new DeserializerBuilder()
            .WithNamingConvention(HyphenatedNamingConvention.Instance)
            .WithEnumNamingConvention(HyphenatedNamingConvention.Instance)
            .WithTypeMapping<IReadOnlyList<string>, List<string>>()
            .WithDuplicateKeyChecking()
            .Build();
        try
        {
            return yaml.Deserialize<Recipe?>(File.ReadAllText(path))
                ?? throw new InvalidDataException($"{path}: the recipe is empty; docs/recipes.md shows one");
        }
        catch (YamlException e)
        {
            string reason = (e.InnerException ?? e).Message.ReplaceLineEndings(" ");
            throw new InvalidDataException($"{path}, line {e.Start.Line}: {reason}; docs/recipes.md lists the keys", e);
        }
    }

    /// <summary>Writes a recipe; <see cref="Read"/> gives an equal one.</summary>
    public static void Write(string path, Recipe recipe)
    {
        ISerializer yaml = new SerializerBuilder()
            .WithNamingConvention(HyphenatedNamingConvention.Instance)
            .WithEnumNamingConvention(HyphenatedNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
            .Build();
        AtomicFile.WriteText(path, yaml.Serialize(recipe));
    }
}
