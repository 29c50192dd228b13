using Weft.Cli;

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Weft.Training.Runs;

/// <summary>
/// Checks a recipe's keys and the types of their values before it is read, so that a mistake is told with its line, the key in full and what would
/// have been right. A misspelt key that went unnoticed would cost a whole run.
/// </summary>
/// <param name="path">The recipe's file, for messages.</param>
internal sealed class RecipeSyntax(string path)
{
    private static readonly IDeserializer Numbers = new DeserializerBuilder().Build();

    /// <summary>Checks the text of a recipe.</summary>
    /// <exception cref="InvalidDataException">It is no recipe; the message names file, line, key and remedy.</exception>
    /// <exception cref="YamlException">It is no YAML.</exception>
    public void Check(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        if (yaml.Documents is not [var document, ..] || IsNull(document.RootNode))
            throw new InvalidDataException($"{path}: the recipe is empty; docs/recipes.md shows one");
        if (yaml.Documents.Count > 1)
            throw Bad(yaml.Documents[1].RootNode, "a second document begins here; a recipe is one document");
        CheckValue(RecipeKey.Root, document.RootNode, "");
    }

    private void CheckValue(RecipeKey key, YamlNode node, string at)
    {
        if (IsNull(node))
        {
            if (!key.Optional)
                throw Bad(node, $"{at} has no value; {Expected(key)}, or leave the key out");
            return;
        }
        switch (key.Kind)
        {
            case RecipeKeyKind.Section:
                CheckSection(key, node, at);
                break;
            case RecipeKeyKind.List:
                if (node is not YamlSequenceNode list)
                    throw Bad(node, $"{at} is {Describe(node)}; {Expected(key)}");
                for (int i = 0; i < list.Children.Count; i++)
                    CheckValue(key.Item!, list.Children[i], FormattableString.Invariant($"{at}[{i}]"));
                break;
            case RecipeKeyKind.Other:
                break;
            default:
                if (node is not YamlScalarNode { Value: { } value } || !IsOfType(key, value))
                    throw Bad(node, $"{at} is {Describe(node)}; {Expected(key)}{Suggestion(key, node)}");
                break;
        }
    }

    private void CheckSection(RecipeKey section, YamlNode node, string at)
    {
        if (node is not YamlMappingNode mapping)
            throw Bad(node, at.Length == 0 ? $"the recipe is {Describe(node)}; write keys with values, as docs/recipes.md shows" : $"{at} is {Describe(node)}; {Expected(section)}");
        foreach ((YamlNode name, YamlNode value) in mapping.Children)
        {
            string word = name is YamlScalarNode scalar ? scalar.Value ?? "" : name.ToString();
            string below = at.Length == 0 ? word : $"{at}.{word}";
            RecipeKey child = section.Children.FirstOrDefault(child => child.Name == word) ?? throw Bad(name, $"{below} is unknown; {Nearest(section, word, at)}");
            CheckValue(child, value, below);
        }
    }

    /// <summary>The key that was meant: a near one of the same section, or one of that name elsewhere.</summary>
    private static string Nearest(RecipeKey section, string word, string at)
    {
        string prefix = at.Length == 0 ? "" : at + ".";
        if (Spelling.Closest(word, section.Children.Select(child => child.Name)) is { } near)
            return $"did you mean {prefix}{near}?";
        if (RecipeKey.Root.All().FirstOrDefault(key => key.Name == word && key.Name != "[]") is { } elsewhere)
            return $"did you mean {elsewhere.Path}?";
        return $"known here: {string.Join(", ", section.Children.Select(child => child.Name))}";
    }

    private static bool IsOfType(RecipeKey key, string value)
    {
        switch (key.Kind)
        {
            case RecipeKeyKind.Text:
                return true;
            case RecipeKeyKind.Choice:
                return key.Choices.Any(choice => choice.Word.Equals(value, StringComparison.OrdinalIgnoreCase));
            default:
                try
                {
                    Numbers.Deserialize(value, key.Type);
                    return true;
                }
                catch (YamlException)
                {
                    return false;
                }
        }
    }

    private static string Expected(RecipeKey key) => key.Kind switch
    {
        RecipeKeyKind.Section => $"it holds the keys {string.Join(", ", key.Children.Select(child => child.Name))}",
        RecipeKeyKind.List => key.Item!.Kind == RecipeKeyKind.Section
            ? $"give a list of items with the keys {string.Join(", ", key.Item.Children.Select(child => child.Name))}"
            : "give a list such as [a, b]",
        RecipeKeyKind.Choice => $"give {Alternatives(key)}",
        RecipeKeyKind.Integer => "give a whole number",
        RecipeKeyKind.Number => "give a number",
        RecipeKeyKind.Boolean => "give true or false",
        _ => "give a text",
    };

    private static string Alternatives(RecipeKey key)
    {
        string[] words = [.. key.Choices.Select(choice => choice.Word)];
        return words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
    }

    private static string Suggestion(RecipeKey key, YamlNode node) =>
        key.Kind == RecipeKeyKind.Choice && node is YamlScalarNode { Value: { } value }
        && Spelling.Closest(value, key.Choices.Select(choice => choice.Word)) is { } near ? $" (did you mean {near}?)" : "";

    private static string Describe(YamlNode node) => node switch
    {
        YamlScalarNode scalar => $"'{scalar.Value}'",
        YamlSequenceNode => "a list",
        _ => "a group of keys",
    };

    /// <summary>What YAML reads as null: nothing, ~ or null, not in quotes.</summary>
    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private InvalidDataException Bad(YamlNode node, string message) => new(FormattableString.Invariant($"{path}, line {node.Start.Line}: {message}"));
}
