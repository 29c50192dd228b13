using System.Collections.Immutable;
using System.Reflection;

using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>One case of a closed hierarchy in one place of a specification, such as a gated feed-forward part with SiLU and biases.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Constructor">Of the case's record; null where the case is a value of an enumeration.</param>
/// <param name="Discrete">Its flags and enum values, in the order of the constructor's parameters; null for what is no choice.</param>
internal sealed record Choice(Place Place, ConstructorInfo? Constructor, object?[] Discrete)
{
    public Type Case => Constructor?.DeclaringType ?? Place.Hierarchy;

    public string Name
    {
        get
        {
            if (Constructor is null)
                return $"{Place.Name}: {Discrete[0]}";
            IEnumerable<string> settings = Constructor.GetParameters().Zip(Discrete)
                .Where(pair => pair.Second is not null)
                .Select(pair => $"{pair.First.Name} = {pair.Second}");
            return $"{Place.Name}: {string.Join(", ", settings.Prepend(Case.Name))}";
        }
    }

    /// <summary>What a refusal may call it.</summary>
    public IEnumerable<string> Words => Discrete.OfType<Enum>().Select(value => value.ToString()).Prepend(Case.Name);

    private static ImmutableArray<double> Factors(ModelSpec host, double first) =>
    [
        .. Enumerable.Range(0, (host.Stack.Blocks[0].Attention.Position as PositionSpec.Rotary)?.RotatedOf(host.Stack.Blocks[0].Attention.HeadSize) / 2 ?? 0)
            .Select(i => first + (i * 0.3)),
    ];

    /// <summary>A specification like <paramref name="host"/> but for this choice.</summary>
    public ModelSpec In(ModelSpec host) => Place.Put(host, Constructor is null
        ? Discrete[0]!
        : Constructor.Invoke([.. Constructor.GetParameters().Zip(Discrete).Select(pair => pair.Second ?? Number(pair.First, host))]));

    /// <summary>Numbers, and records in places of their own, are no choice here; any will do that the specification permits and that shows.</summary>
    private static object Number(ParameterInfo parameter, ModelSpec host) => parameter.Name switch
    {
        nameof(PositionSpec.Learned.Count) when parameter.Member.DeclaringType == typeof(PositionSpec.Learned) => (object)host.ContextLength,
        // Buckets, and first tokens that are sinks.
        nameof(PositionSpec.Buckets.Count) => 8,
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
        nameof(FeedForwardSpec.MixtureOfExperts.Router) => new RouterSpec.SoftmaxAfterChoice(4, 2),
        nameof(RouterSpec.Experts) => 5,
        nameof(RouterSpec.Chosen) => 2,
        nameof(PositionSpec.Shaw.MaximumDistance) when parameter.Member.DeclaringType == typeof(PositionSpec.Shaw) => 5,
        nameof(PositionSpec.Buckets.MaximumDistance) => 30,
        nameof(RotaryScaling.LongRope.Short) => Factors(host, 1),
        nameof(RotaryScaling.LongRope.Long) => Factors(host, 3),
        nameof(AttentionMask.SlidingWindow.Size) => 7,
        nameof(HeadSpec.SequenceClassification.Labels) => 3,
        nameof(HeadSpec.MaskedLanguageModel.Norm) => new NormSpec.LayerNorm(1e-3, Bias: true),
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
        new("mask", typeof(AttentionMask), (spec, value) => InAttention(spec, attention => attention with { Mask = (AttentionMask)value })),
        // First tokens are sinks of a window only.
        new("sinks", typeof(AttentionSinks), (spec, value) => InAttention(spec, attention => attention with
        {
            Sinks = (AttentionSinks)value,
            Mask = value is AttentionSinks.FirstTokens ? new AttentionMask.SlidingWindow(9) : attention.Mask,
        })),
        new("bias of attention", typeof(AttentionBias), (spec, value) => InAttention(spec, attention => attention with { Bias = (AttentionBias)value })),
        new("norm of queries and keys", typeof(NormSpec), (spec, value) => InAttention(spec, attention => attention with { QueryKeyNorm = (NormSpec)value })),
        new("norm placement", typeof(NormPlacement), (spec, value) => InBlocks(spec, block => block with { Placement = (NormPlacement)value })),
        new("router", typeof(RouterSpec), (spec, value) => InBlocks(spec, block => block with
        {
            FeedForward = block.FeedForward is FeedForwardSpec.MixtureOfExperts mixture ? mixture with { Router = (RouterSpec)value }
                : throw new ArgumentException("there is nothing to choose from"),
        })),
        new("norm", typeof(NormSpec), (spec, value) => WithNorm(spec, (NormSpec)value)),
        new("feed-forward", typeof(FeedForwardSpec),
            (spec, value) => InBlocks(spec, block => block with { FeedForward = (FeedForwardSpec)value })),
        new("head", typeof(HeadSpec), (spec, value) => spec with { Head = (HeadSpec)value }),
    ];

    /// <summary>The abstract records of the specification.</summary>
    public static IEnumerable<Type> Hierarchies => typeof(ModelSpec).Assembly.GetExportedTypes()
        .Where(type => type.Namespace == typeof(ModelSpec).Namespace && type is { IsAbstract: true, IsSealed: false });

    /// <summary>Values of what a place takes.</summary>
    private static IEnumerable<Choice> In(Place place) => place.Hierarchy.IsEnum
        ? Enum.GetValues(place.Hierarchy).Cast<object>().Select(value => new Choice(place, null, [value]))
        : from type in CasesOf(place.Hierarchy)
          let constructor = type.GetConstructors().Single()
          from discrete in Combinations(constructor.GetParameters())
          select new Choice(place, constructor, discrete);

    public static IEnumerable<Type> PlacedHierarchies => Places.Select(place => place.Hierarchy).Distinct();

    /// <summary>What the choices are put into: the families' own samples.</summary>
    public static IReadOnlyList<ModelSpec> Hosts { get; } =
    [
        .. ArchitectureCatalogue.All.SelectMany(architecture => ParitySamples.Of(architecture.ModelType)).Select(sample => sample.Spec),
    ];

    /// <summary>Every choice but those that the specification itself has no room for, such as rotary positions in the embedding.</summary>
    public static IReadOnlyList<Choice> All { get; } =
    [
        .. from place in Places
           from choice in In(place)
           where Hosts.Any(host => HasRoom(choice, host))
           select choice,
    ];

    public static IEnumerable<Type> CasesOf(Type hierarchy) =>
        hierarchy.Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(hierarchy) && !type.IsAbstract);

    /// <summary>A model with the choice, and the first family that can express it; the last of the catalogue can express all.</summary>
    public static (Architecture Architecture, ModelSpec Spec) Express(Choice choice)
    {
        ModelSpec spec = choice.In(Hosts.First(host => HasRoom(choice, host)));
        return (ArchitectureCatalogue.All.First(architecture => Expresses(architecture, spec)), spec);
    }

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
        _ => Enumerable.Repeat<object?>(null, 1),
    };

    /// <summary>The blocks of the stack that the head reads.</summary>
    private static ModelSpec InBlocks(ModelSpec spec, Func<BlockSpec, BlockSpec> change)
    {
        StackSpec stack = spec.Stack with { Blocks = [.. spec.Stack.Blocks.Select(change)] };
        return spec.Decoder is null ? spec with { Encoder = stack } : spec with { Decoder = stack };
    }

    private static ModelSpec InAttention(ModelSpec spec, Func<AttentionSpec, AttentionSpec> change) =>
        InBlocks(spec, block => block with { Attention = change(block.Attention) });

    private static ModelSpec WithNorm(ModelSpec spec, NormSpec norm) =>
        InBlocks(spec, block => block with { AttentionNorm = norm, FeedForwardNorm = norm });
}
