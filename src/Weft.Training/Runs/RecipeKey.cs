using System.Reflection;
using System.Runtime.Serialization;

using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Weft.Training.Runs;

/// <summary>What a key of a recipe holds.</summary>
internal enum RecipeKeyKind
{
    /// <summary>Further keys.</summary>
    Section,

    /// <summary>A list of equal items.</summary>
    List,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Something that only its own reader understands.</summary>
    Other,
}

/// <summary>
/// One key of a recipe, found in the recipe records by reflection, so that a new property is at once a key that is read, checked for its type,
/// suggested for a misspelling and published in the schema.
/// </summary>
internal sealed class RecipeKey
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly RecipeKey? _parent;
    private readonly PropertyInfo? _property;

    private RecipeKey(RecipeKey? parent, PropertyInfo? property, string name, Type type)
    {
        _parent = parent;
        _property = property;
        Name = name;
        Path = parent is null || parent.Path.Length == 0 ? name : $"{parent.Path}.{name}";
        Type = Nullable.GetUnderlyingType(type) ?? type;
        Optional = Type != type || (property is not null && Nullability.Create(property).WriteState == NullabilityState.Nullable);
        Kind = KindOf(Type);
        if (Kind == RecipeKeyKind.List)
            Item = new(this, null, "[]", Type.IsArray ? Type.GetElementType()! : Type.GetGenericArguments()[0]);
        if (Kind == RecipeKeyKind.Section)
            Children = [.. Type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(child => child.CanWrite && child.GetCustomAttribute<YamlIgnoreAttribute>() is null)
                .Select(child => new RecipeKey(this, child, NameOf(child), child.PropertyType))];
        if (Kind == RecipeKeyKind.Choice)
            Choices = [.. Type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (field.GetCustomAttribute<EnumMemberAttribute>()?.Value ?? HyphenatedNamingConvention.Instance.Apply(field.Name), $"F:{Type.FullName}.{field.Name}"))];
    }

    /// <summary>The whole recipe.</summary>
    public static RecipeKey Root { get; } = new(null, null, "", typeof(Recipe));

    /// <summary>The key itself, in hyphenated lower case.</summary>
    public string Name { get; }

    /// <summary>The key with those above it, such as training.batch; empty for the whole recipe.</summary>
    public string Path { get; }

    /// <summary>The .NET type without nullability.</summary>
    public Type Type { get; }

    /// <summary>Whether it may be null: it is derived then, or the feature is off.</summary>
    public bool Optional { get; }

    /// <summary>What it holds.</summary>
    public RecipeKeyKind Kind { get; }

    /// <summary>Keys of a section.</summary>
    public IReadOnlyList<RecipeKey> Children { get; } = [];

    /// <summary>The item of a list.</summary>
    public RecipeKey? Item { get; }

    /// <summary>Words of a choice, each with the name of its documentation.</summary>
    public IReadOnlyList<(string Word, string Member)> Choices { get; } = [];

    /// <summary>The name under which the compiler writes the property's documentation.</summary>
    public string Member => _property is null ? $"T:{Type.FullName}" : $"P:{_property.DeclaringType!.FullName}.{_property.Name}";

    /// <summary>This key and all below it, those of list items included.</summary>
    public IEnumerable<RecipeKey> All() =>
        Children.Concat(Item is null ? [] : [Item]).SelectMany(child => child.All()).Prepend(this);

    /// <summary>The key's value in a recipe; null where it, or a section above it, is left out, and below a list.</summary>
    public object? ValueIn(Recipe recipe)
    {
        if (_parent is null)
            return recipe;
        return _parent.ValueIn(recipe) is { } owner && _property is not null ? _property.GetValue(owner) : null;
    }

    /// <summary>The value that it has when it is left out; null where that is derived.</summary>
    public object? Default() => _property is null ? null : _property.GetValue(Activator.CreateInstance(_property.DeclaringType!));

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<YamlMemberAttribute>()?.Alias ?? HyphenatedNamingConvention.Instance.Apply(property.Name);

    private static RecipeKeyKind KindOf(Type type)
    {
        if (type.IsEnum)
            return RecipeKeyKind.Choice;
        if (type == typeof(int) || type == typeof(long))
            return RecipeKeyKind.Integer;
        if (type == typeof(double) || type == typeof(float) || type == typeof(decimal))
            return RecipeKeyKind.Number;
        if (type == typeof(bool))
            return RecipeKeyKind.Boolean;
        if (type == typeof(string))
            return RecipeKeyKind.Text;
        if (type.IsArray || (type.IsGenericType && type.GetGenericArguments().Length == 1 && type.IsAssignableTo(typeof(System.Collections.IEnumerable))))
            return RecipeKeyKind.List;
        return type.Assembly == typeof(Recipe).Assembly && type.IsClass && type.GetConstructor(Type.EmptyTypes) is not null ? RecipeKeyKind.Section : RecipeKeyKind.Other;
    }
}
