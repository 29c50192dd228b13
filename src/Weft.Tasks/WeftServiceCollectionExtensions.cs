using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Weft.Tasks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers models and their tasks with an application's services.</summary>
public static class WeftServiceCollectionExtensions
{
    /// <summary>
    /// Registers a model, loaded when it is first needed and closed with the services, and every task as a singleton: <see cref="IChatClient"/> and <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>
    /// among them. A task that the model was not made for is refused when it is asked for.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets at least <see cref="WeftOptions.Path"/>.</param>
    public static IServiceCollection AddWeft(this IServiceCollection services, Action<WeftOptions> configure) => Add(services, null, configure);

    /// <summary>The same under a key, for applications with several models: <c>[FromKeyedServices("summaries")]</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">Names the model.</param>
    /// <param name="configure">Sets at least <see cref="WeftOptions.Path"/>.</param>
    public static IServiceCollection AddKeyedWeft(this IServiceCollection services, string key, Action<WeftOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? key, Action<WeftOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<WeftOptions>(key).Configure(configure)
            .Validate(options => options.Path.Length > 0, $"WeftOptions.Path is empty; set it to the folder of a model or a GGUF file in AddWeft");
        WeftOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptionsMonitor<WeftOptions>>().Get(key);
        T Get<T>(IServiceProvider provider) where T : class => key is null ? provider.GetRequiredService<T>() : provider.GetRequiredKeyedService<T>(key);
        void Task<T>(Func<LanguageModel, WeftOptions, T> create) where T : class => Single(provider => create(Get<LanguageModel>(provider), OptionsOf(provider)));
        void Single<T>(Func<IServiceProvider, T> create) where T : class => _ = key is null
            ? services.AddSingleton(create)
            : services.AddKeyedSingleton(key, (provider, _) => create(provider));

        Single(provider => Load(OptionsOf(provider)));
        Task((model, options) => new ChatModel(model, options.Chat));
        Task((model, options) => new TextEmbedder(model, options.Embedding));
        Task((model, options) => new TextClassifier(model, options.Classification));
        Task((model, options) => new TokenClassifier(model, options.Classification));
        Task((model, options) => new QuestionAnswerer(model, options.Answers));
        Task((model, options) => new Translator(model, options.Translation));
        Task((model, options) => new Summarizer(model, options.Summaries));
        Task((model, options) => new CodeCompleter(model, options.Code));
        Task((model, _) => new FillMask(model));
        Single<IChatClient>(provider => Get<ChatModel>(provider));
        Single<IEmbeddingGenerator<string, Embedding<float>>>(provider => Get<TextEmbedder>(provider));
        return services;
    }

    private static LanguageModel Load(WeftOptions options) => LanguageModel.Load(options.Path, options.Engine);
}
