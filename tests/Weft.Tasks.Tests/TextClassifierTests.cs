using System.Text.Json.Nodes;
using Weft.Model;
using Weft.Model.Spec;

namespace Weft.Tasks.Tests;

public sealed class TextClassifierTests
{
    private const string Sequences = "sequence classes of the first token";

    /// <summary>Of fp32 against fp64.</summary>
    private const double Tolerance = 1e-5;

    [Fact]
    public void Exclusive_labels_have_the_softmax_of_the_models_logits_the_likeliest_first()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert).Configured(config => config["id2label"] = Names("zero", "one", "two", "three", "four"));
        Classification found = new TextClassifier(task.Model).Classify("The film was very good.");
        float[] logits = task.Outputs(WordTokenizer.Bert.Ids("[CLS] the film was very good . [SEP]"));
        double[] expected = TaskModel.Softmax(logits);
        string[] names = ["zero", "one", "two", "three", "four"];
        Assert.Equal(LabelKind.Exclusive, found.Kind);
        Assert.Equal(names.Zip(logits).OrderByDescending(pair => pair.Second).Select(pair => (pair.First, pair.Second)), found.Scores.Select(score => (score.Name, score.Logit)));
        Assert.All(found.Scores, score => Assert.Equal(expected[Array.IndexOf(names, score.Name)], score.Probability!.Value, Tolerance));
        Assert.Equal(found.Scores[0].Name, found.Label);
    }

    [Fact]
    public void Labels_that_do_not_exclude_each_other_have_sigmoids_and_are_chosen_by_a_threshold()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert).Configured(config => config["problem_type"] = "multi_label_classification");
        Classification found = new TextClassifier(task.Model).Classify("a red book");
        Assert.Equal(LabelKind.Independent, found.Kind);
        Assert.All(found.Scores, score => Assert.Equal(1 / (1 + Math.Exp(-score.Logit)), score.Probability!.Value, Tolerance));
        Assert.Equal(found.Scores.Where(score => score.Logit >= 0), found.Above(0.5f));
    }

    [Fact]
    public void A_regression_gives_numbers_in_the_order_of_the_config()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert).Configured(config => config["problem_type"] = "regression");
        Classification found = new TextClassifier(task.Model).Classify("a red book");
        Assert.Equal(task.Outputs(WordTokenizer.Bert.Ids("[CLS] a red book [SEP]")), found.Scores.Select(score => score.Logit));
        Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"], found.Scores.Select(score => score.Name));
        Assert.All(found.Scores, score => Assert.Null(score.Probability));
    }

    [Fact]
    public void One_label_alone_has_a_sigmoid()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert, head: head => (HeadSpec.SequenceClassification)head with { Labels = 1 });
        LabelScore score = Assert.Single(new TextClassifier(task.Model).Classify("a red book").Scores);
        Assert.Equal(1 / (1 + Math.Exp(-score.Logit)), score.Probability!.Value, Tolerance);
    }

    [Fact]
    public void Two_texts_are_told_apart_by_their_segments()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert);
        int[] ids = WordTokenizer.Bert.Ids("[CLS] the cat slept [SEP] it is good [SEP]");
        float[] expected = task.Outputs(ids, [0, 0, 0, 0, 0, 1, 1, 1, 1]);
        Assert.NotEqual(expected, task.Outputs(ids));
        Assert.Equal(expected.Order(), new TextClassifier(task.Model).Classify("the cat slept", "it is good").Scores.Select(score => score.Logit).Order());
    }

    [Fact]
    public void A_long_text_is_refused_with_both_lengths_unless_told_otherwise()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert, context: 8);
        string message = Assert.Throws<ArgumentException>(() => new TextClassifier(task.Model).Classify("the cat sat on the mat and slept")).Message;
        Assert.Contains("10 tokens", message, StringComparison.Ordinal);
        Assert.Contains("reads 8", message, StringComparison.Ordinal);
        Classification cut = new TextClassifier(task.Model, new() { Long = LongInput.Truncate }).Classify("the cat sat on the mat and slept");
        Assert.Equal(task.Outputs(WordTokenizer.Bert.Ids("[CLS] the cat sat on the mat [SEP]")).Order(), cut.Scores.Select(score => score.Logit).Order());
    }

    [Fact]
    public void Windows_count_as_many_times_as_they_have_tokens()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert, context: 8).Configured(config => config["problem_type"] = "regression");
        Classification found = new TextClassifier(task.Model, new() { Long = LongInput.Stride, Overlap = 2 }).Classify("the cat sat on the mat and slept");
        float[] first = task.Outputs(WordTokenizer.Bert.Ids("[CLS] the cat sat on the mat [SEP]")), second = task.Outputs(WordTokenizer.Bert.Ids("[CLS] the mat and slept [SEP]"));
        for (int label = 0; label < 5; label++)
            Assert.Equal(((8 * first[label]) + (6 * second[label])) / 14, found.Scores[label].Logit, Tolerance);
    }

    [Fact]
    public void The_limit_of_the_tokenizers_config_holds_too()
    {
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert).WithFile("tokenizer_config.json", """{"model_max_length": 6}""");
        Assert.Contains("reads 6", Assert.Throws<ArgumentException>(() => new TextClassifier(task.Model).Classify("the cat sat on the mat")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_with_a_decoder_gives_it_the_text_one_token_later()
    {
        using TaskModel task = TaskModel.Of("the original Transformer", WordTokenizer.Translator,
            head: _ => new HeadSpec.SequenceClassification(3, Pooling.Last, Bias: true) { Transform = Activation.Tanh });
        int[] ids = WordTokenizer.Translator.Ids("a red book </s>");
        float[] expected = new float[3];
        task.Engine.ComputeOutputs(new ModelInput([RandomModel.DecoderStart, .. ids[..^1]]) { SourceIds = ids }, expected);
        Assert.Equal(expected.Order(), new TextClassifier(task.Model).Classify("a red book").Scores.Select(score => score.Logit).Order());
    }

    [Fact]
    public void Another_head_and_an_impossible_policy_are_refused()
    {
        using TaskModel spans = TaskModel.Of("spans", WordTokenizer.Bert);
        Assert.Contains("Spans head", Assert.Throws<NotSupportedException>(() => new TextClassifier(spans.Model)).Message, StringComparison.Ordinal);
        using TaskModel task = TaskModel.Of(Sequences, WordTokenizer.Bert);
        Assert.Contains("MapReduce", Assert.Throws<ArgumentOutOfRangeException>(() => new TextClassifier(task.Model, new() { Long = LongInput.MapReduce })).Message, StringComparison.Ordinal);
    }

    private static JsonObject Names(params string[] names)
    {
        JsonObject labels = [];
        for (int i = 0; i < names.Length; i++)
            labels[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = names[i];
        return labels;
    }
}
