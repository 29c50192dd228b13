using System.Numerics.Tensors;

using Weft.Inference;
using Weft.Model;
using Weft.Model.Spec;

namespace Weft.Parity.Tests;

// T tokens, V vocabulary.

/// <summary>Computes logits and tells how far two computations lie apart.</summary>
internal static class Logits
{
    /// <summary>What the head makes of ids, with a source and segments where the model reads them: [T, outputs], or [outputs] where it pools.</summary>
    public static float[] Of(ILanguageModel model, ReadOnlySpan<int> ids)
    {
        ModelSpec spec = model.Spec;
        float[] outputs = new float[(spec.Head.Pools ? 1 : ids.Length) * spec.Head.OutputSize(spec)];
        model.ComputeOutputs(new(ids) { SourceIds = ParitySamples.Source(spec), TokenTypes = ParitySamples.Types(spec, ids.Length) }, outputs);
        return outputs;
    }

    /// <summary>Makes the state of a sequence, behind the source where the model reads one.</summary>
    public static KeyValueCache Cache(Transformer engine, int capacity) =>
        engine.Spec.HasSource ? engine.CreateCache(capacity, ParitySamples.Source(engine.Spec)) : engine.CreateCache(capacity);

    /// <summary>
    /// Of the positions from the last of a prompt on, [T - prompt + 1, V]: the prompt fills the key-value cache in one call, every later
    /// token in one of its own.
    /// </summary>
    public static float[] TokenByToken(Transformer engine, ReadOnlySpan<int> ids, int prompt)
    {
        int vocabulary = engine.Spec.VocabularySize;
        float[] logits = new float[(ids.Length - prompt + 1) * vocabulary];
        KeyValueCache cache = Cache(engine, ids.Length);
        engine.Forward(ids[..prompt], cache, logits.AsSpan(0, vocabulary));
        for (int t = prompt; t < ids.Length; t++)
            engine.Forward(ids.Slice(t, 1), cache, logits.AsSpan((t - prompt + 1) * vocabulary, vocabulary));
        return logits;
    }

    /// <summary>The id that greedy decoding takes after each position, [T].</summary>
    public static int[] Greedy(ReadOnlySpan<float> logits, int vocabulary)
    {
        int[] ids = new int[logits.Length / vocabulary];
        for (int t = 0; t < ids.Length; t++)
            ids[t] = TensorPrimitives.IndexOfMax(logits.Slice(t * vocabulary, vocabulary));
        return ids;
    }

    /// <summary>The greatest absolute difference; infinite where either side is no finite number.</summary>
    public static double GreatestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double greatest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            greatest = double.IsFinite(difference) ? Math.Max(greatest, difference) : double.PositiveInfinity;
        }
        return greatest;
    }

    /// <summary>Fails unless both agree within <see cref="Tolerance.Logits"/> and the greatest of each row is the same.</summary>
    public static void AssertEqual(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, ModelSpec spec)
    {
        int vocabulary = spec.Head.OutputSize(spec);
        double difference = GreatestDifference(expected, actual);
        TestContext.Current.TestOutputHelper?.WriteLine($"greatest difference {difference:E2}");
        Assert.InRange(difference, 0, Tolerance.Logits);
        Assert.Equal(Greedy(expected, vocabulary), Greedy(actual, vocabulary));
    }
}
