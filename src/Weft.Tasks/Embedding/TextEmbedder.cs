using Microsoft.Extensions.AI;
using Weft.Inference;
using Weft.Model;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Tasks;

// T tokens, D hidden.

/// <summary>Turns texts into vectors, with any model: of one with an encoder and a decoder, the encoder's. Safe to use from several threads.</summary>
public sealed class TextEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>Texts that are read together: their states are in memory at once.</summary>
    private const int Together = 32;

    private readonly LanguageModel _model;
    private readonly TextEmbeddingOptions _options;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <param name="model">Any model; not owned.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public TextEmbedder(LanguageModel model, TextEmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _options = (options ?? new()).Validate();
        _metadata = new("weft", defaultModelId: model.Path, defaultModelDimensions: model.Spec.HiddenSize);
    }

    /// <summary>Numbers of a vector, D.</summary>
    public int Dimensions => _model.Spec.HiddenSize;

    /// <summary>The vector of a text, [D].</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The text does not fit the context and is not to be cut.</exception>
    public float[] Embed(string text)
    {
        EncodedText encoded = Encode(text);
        return Embed(encoded.Ids, _model.TypesOf(encoded));
    }

    /// <summary>The vector of ids as they are, [D].</summary>
    /// <param name="ids">[T], at most the model's context.</param>
    /// <param name="tokenTypes">BERT's segment of each, [T]; empty for segment 0 throughout.</param>
    /// <exception cref="ArgumentException">An id or segment is out of range, or a length does not fit.</exception>
    public float[] Embed(ReadOnlySpan<int> ids, ReadOnlySpan<int> tokenTypes = default)
    {
        if (_options.Pooling is null && _model.Spec is { Head: HeadSpec.PooledEmbedding, HasSource: false })
            return Finish(_model.ComputeOutputs(ids, tokenTypes));
        float[] states = new float[ids.Length * Dimensions];
        if (_model.Spec.HasSource)
            _model.Generator.Model.ComputeSource(ids, states);
        else
            _model.Generator.Model.ComputeHidden(new ModelInput(ids) { TokenTypes = tokenTypes }, states);
        return Pool(states);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A text does not fit the context and is not to be cut, or an option asks for what the model does not give.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        EncodedText[] texts = [.. values.Select(Encode)];
        return Task.Run(() =>
        {
            var embeddings = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
            foreach (EncodedText[] part in texts.Chunk(Together))
            {
                cancellationToken.ThrowIfCancellationRequested();
                embeddings.AddRange(EmbedTogether(part, cancellationToken).Select(vector => new Embedding<float>(vector) { ModelId = _model.Path, CreatedAt = DateTimeOffset.UtcNow }));
            }
            long tokens = texts.Sum(text => (long)text.Ids.Length);
            embeddings.Usage = new() { InputTokenCount = tokens, TotalTokenCount = tokens };
            return embeddings;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_model) ? _model
            : null;
    }

    /// <summary>Does nothing: the model is not owned.</summary>
    public void Dispose()
    {
    }

    private EncodedText Encode(string text) => TextWindows.Of(_model, text, null, new(_options.Long, 0))[0].Text;

    /// <summary>The weights are read once for several texts, where nothing but pooling comes after the states.</summary>
    private IEnumerable<float[]> EmbedTogether(EncodedText[] texts, CancellationToken ct)
    {
        if (_model.Spec.Decoder is not null || (_options.Pooling is null && _model.Spec.Head is HeadSpec.PooledEmbedding { Transform: not null }))
            return texts.Select(text => Embed(text.Ids, _model.TypesOf(text)));
        float[] states = new float[texts.Sum(text => text.Ids.Length) * Dimensions];
        _model.Generator.Model.ComputeHidden([.. texts.Select(text => new EncoderInput(text.Ids, _model.TypesOf(text)))], states, ct);
        float[][] vectors = new float[texts.Length][];
        for (int i = 0, start = 0; i < texts.Length; start += texts[i++].Ids.Length * Dimensions)
            vectors[i] = Pool(states.AsSpan(start, texts[i].Ids.Length * Dimensions));
        return vectors;
    }

    private float[] Pool(ReadOnlySpan<float> states)
    {
        var own = _model.Spec.Head as HeadSpec.PooledEmbedding;
        float[] vector = new float[Dimensions];
        SequencePooling.Pool(_options.Pooling ?? own?.Pooling ?? Pooling.Mean, states, vector);
        if (_options.Pooling is null && own is { Normalized: true })
            SequencePooling.Normalize(vector);
        return Finish(vector);
    }

    private float[] Finish(float[] vector)
    {
        if (_options.Normalize)
            SequencePooling.Normalize(vector);
        return vector;
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options is null)
            return;
        if (options.Dimensions is { } dimensions && dimensions != Dimensions)
            throw new ArgumentException($"Dimensions is {dimensions}, but the model's vectors have {Dimensions}; leave it out", nameof(options));
        if (options.ModelId is { } id && id != _model.Path)
            throw new ArgumentException($"ModelId is '{id}', but this is '{_model.Path}'; leave it out", nameof(options));
        if (options.AdditionalProperties is { Count: > 0 } more)
            throw new ArgumentException($"AdditionalProperties has '{more.Keys.First()}', which means nothing here; leave it out", nameof(options));
        if (options.RawRepresentationFactory is not null)
            throw new ArgumentException("RawRepresentationFactory means nothing here; leave it out", nameof(options));
    }
}
