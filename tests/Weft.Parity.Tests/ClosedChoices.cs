using System.Reflection;

using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>One case of a closed hierarchy in one place of a specification, such as a gated feed-forward part with SiLU and biases.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Constructor">Of the case's record.</param>
/// <param name="Discrete">Its flags and enum values, in the order of the constructor's parameters; null for numbers.</param>
internal sealed record Choice(Place Place, ConstructorInfo Constructor, object?[] Discrete)
{
    public Type Case => Constructor.DeclaringType!;

    public string Name
    {
        get
        {
            IEnumerable<string> settings = Constructor.GetParameters().Zip(Discrete)
                .Where(pair => pair.Second is not null)
                .Select(pair => $"{pair.First.Name} = {pair.Second}");
            return $"{Place.Name}: {string.Join(", ", settings.Prepend(Case.Name))}";
        }
    }

    /// <summary>What a refusal may call it.</summary>
    public IEnumerable<string> Words => Discrete.OfType<Enum>().Select(value => value.ToString()).Prepend(Case.Name);

    /// <summary>A specification like <paramref name="host"/> but for this choice.</summary>
    public ModelSpec In(ModelSpec host) => Place.Put(host,
        Constructor.Invoke([.. Constructor.GetParameters().Zip(Discrete).Select(pair => pair.Second ?? Number(pair.First, host))]));

    /// <summary>Numbers are no choice; any will do that the specification permits and that differs from the usual one.</summary>
    private static object Number(ParameterInfo parameter, ModelSpec host) => parameter.Name switch
    {
        nameof(PositionSpec.Learned.Count) => (object)host.ContextLength,
        nameof(PositionSpec.Rotary.Theta) => 700.0,
        nameof(NormSpec.Epsilon) => 1e-3,
        nameof(RotaryScaling.Yarn.Factor) => 4.0,
        nameof(RotaryScaling.Yarn.OriginalContext) => 16,
        nameof(RotaryScaling.Yarn.BetaFast) => 4.0,
        nameof(RotaryScaling.Yarn.BetaSlow) => 0.5,
        nameof(RotaryScaling.Yarn.AttentionFactor) => 1.1,
        nameof(RotaryScaling.Llama3.LowFrequencyFactor) => 1.0,
        nameof(RotaryScaling.Llama3.HighFrequencyFactor) => 4.0,
        nameof(FeedForwardSpec.InnerSize) => 37,
        _ => throw new NotSupportedException($"give '{parameter.Name}' of {parameter.Member.DeclaringType!.Name} a number here"),
    };
}

/// <summary>A place of a specification that a closed hierarchy fills.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Hierarchy">The base record.</param>
/// <param name="Put">Gives a specification with another value in this place.</param>
internal sealed record Place(string Name, Type Hierarchy, Func<ModelSpec, object, ModelSpec> Put);

/// <summary>Every choice that a specification offers, found by reflection, so that a new one cannot be forgotten.</summary>
internal static class ClosedChoices
{
    private static readonly Place[] Places =
    [
        new("position of the embedding", typeof(PositionSpec),
            (spec, value) => spec with { Embedding = spec.Embedding with { Position = (PositionSpec)value } }),
        new("position of attention", typeof(PositionSpec),
            (spec, value) => InBlocks(spec, block => block with { Attention = block.Attention with { Position = (PositionSpec)value } })),
        new("rotary scaling", typeof(RotaryScaling), (spec, value) => InBlocks(spec, block => block with
        {
            Attention = block.Attention with
            {
                Position = block.Attention.Position is PositionSpec.Rotary rotary ? rotary with { Scaling = (RotaryScaling)value }
                    : throw new ArgumentException("there is nothing to scale"),
            },
        })),
        new("norm", typeof(NormSpec), (spec, value) => WithNorm(spec, (NormSpec)value)),
        new("feed-forward", typeof(FeedForwardSpec),
            (spec, value) => InBlocks(spec, block => block with { FeedForward = (FeedForwardSpec)value })),
        new("head", typeof(HeadSpec), (spec, value) => spec with { Head = (HeadSpec)value }),
    ];

    /// <summary>The abstract records of the specification.</summary>
    public static IEnumerable<Type> Hierarchies => typeof(ModelSpec).Assembly.GetExportedTypes()
        .Where(type => type.Namespace == typeof(ModelSpec).Namespace && type is { IsAbstract: true, IsSealed: false });

    public static IEnumerable<Type> PlacedHierarchies => Places.Select(place => place.Hierarchy).Distinct();

    /// <summary>Every choice but those that the specification itself has no room for, such as rotary positions in the embedding.</summary>
    public static IReadOnlyList<Choice> All { get; } =
    [
        .. from place in Places
           from type in CasesOf(place.Hierarchy)
           let constructor = type.GetConstructors().Single()
           from discrete in Combinations(constructor.GetParameters())
           let choice = new Choice(place, constructor, discrete)
           where Hosts.Any(host => HasRoom(choice, host))
           select choice,
    ];

    public static IEnumerable<Type> CasesOf(Type hierarchy) =>
        hierarchy.Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(hierarchy) && !type.IsAbstract);

    /// <summary>A model with the choice that some family can express, and that family; null where none can.</summary>
    public static (Architecture Architecture, ModelSpec Spec)? Express(Choice choice)
    {
        foreach (ModelSpec host in Hosts.Where(host => HasRoom(choice, host)))
            foreach (Architecture architecture in ArchitectureCatalogue.All)
                if (Expresses(architecture, choice.In(host)))
                    return (architecture, choice.In(host));
        return null;
    }

    /// <summary>What the choices are put into: the families' own samples.</summary>
    public static IEnumerable<ModelSpec> Hosts =>
        ArchitectureCatalogue.All.SelectMany(architecture => ParitySamples.Of(architecture.ModelType)).Select(sample => sample.Spec);

    public static bool HasRoom(Choice choice, ModelSpec host)
    {
        try
        {
            choice.In(host).Validate();
            return true;
        }
        catch (NotSupportedException)
        {
            // The specification has room for it, but nobody has said yet what it consists of.
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool Expresses(Architecture architecture, ModelSpec spec)
    {
        try
        {
            spec.Validate();
            architecture.WriteConfig(spec, []);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static IEnumerable<object?[]> Combinations(ParameterInfo[] parameters) =>
        parameters.Aggregate<ParameterInfo, IEnumerable<object?[]>>([[]], (soFar, parameter) =>
            soFar.SelectMany(values => ValuesOf(parameter).Select(value => (object?[])[.. values, value])));

    private static IEnumerable<object?> ValuesOf(ParameterInfo parameter) => parameter.ParameterType switch
    {
        { IsEnum: true } type => Enum.GetValues(type).Cast<object>(),
        var type when type == typeof(bool) => [false, true],
        var type when type == typeof(int) || type == typeof(double) => Enumerable.Repeat<object?>(null, 1),
        var type => throw new NotSupportedException($"say here which values '{parameter.Name}' of type {type.Name} may take"),
    };

    private static ModelSpec InBlocks(ModelSpec spec, Func<BlockSpec, BlockSpec> change) =>
        spec with { Decoder = spec.Stack with { Blocks = [.. spec.Stack.Blocks.Select(change)] } };

    private static ModelSpec WithNorm(ModelSpec spec, NormSpec norm)
    {
        ModelSpec changed = InBlocks(spec, block => block with { AttentionNorm = norm, FeedForwardNorm = norm });
        return changed with { Decoder = changed.Stack with { FinalNorm = norm } };
    }
}
