using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Weft.Tasks.Tests;

public sealed class ServiceTests
{
    [Fact]
    public async Task Services_share_one_model_and_have_their_options()
    {
        using TaskModel task = TaskModel.Of("mean embedding", WordTokenizer.Bert, context: 6);
        LanguageModel model;
        await using (ServiceProvider services = new ServiceCollection().AddWeft(options =>
        {
            options.Path = task.Folder;
            options.Engine = new() { Threads = 1 };
            options.Embedding = new() { Long = LongInput.Truncate };
        }).BuildServiceProvider())
        {
            var generator = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
            Assert.Same(services.GetRequiredService<TextEmbedder>(), generator);
            Embedding<float> embedding = (await generator.GenerateAsync(["the cat sat on the mat"], cancellationToken: TestContext.Current.CancellationToken))[0];
            Assert.Equal(task.Outputs(WordTokenizer.Bert.Ids("[CLS] the cat sat on [SEP]")), embedding.Vector.ToArray());
            model = services.GetRequiredService<LanguageModel>();
            Assert.Same(model, generator.GetService<LanguageModel>());
            // A task that the model was not made for is refused when it is asked for.
            Assert.Throws<NotSupportedException>(() => services.GetRequiredService<QuestionAnswerer>());
            Assert.Throws<NotSupportedException>(() => services.GetRequiredService<IChatClient>());
        }
        Assert.Throws<ObjectDisposedException>(() => new TextEmbedder(model).Embed("cat"));
    }

    [Fact]
    public void Several_models_have_keys()
    {
        using TaskModel spans = TaskModel.Of("spans", WordTokenizer.Bert), masks = TaskModel.Of("masked language model, tied", WordTokenizer.Bert);
        using ServiceProvider services = new ServiceCollection()
            .AddKeyedWeft("answers", options => options.Path = spans.Folder)
            .AddKeyedWeft("masks", options => options.Path = masks.Folder)
            .BuildServiceProvider();
        Assert.NotNull(services.GetRequiredKeyedService<QuestionAnswerer>("answers").Answer("who slept", "the cat slept").Best);
        Assert.Single(services.GetRequiredKeyedService<FillMask>("masks").Fill("the [MASK]"));
        Assert.Null(services.GetService<FillMask>());
    }

    [Fact]
    public void A_path_is_needed()
    {
        using ServiceProvider services = new ServiceCollection().AddWeft(_ => { }).BuildServiceProvider();
        Assert.Contains("WeftOptions.Path", Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<LanguageModel>()).Message, StringComparison.Ordinal);
    }
}
