using Weft.Benchmarks.Peers;

namespace Weft.Cli.Tests.Benchmarking;

/// <summary>What the benchmark beside peers reads of llama-bench.</summary>
public sealed class LlamaBenchOutputTests
{
    /// <summary>Shortened from llama.cpp's at build 10587.</summary>
    private const string Sample = """
        [
          {
            "build_commit": "3f545becc", "model_type": "llama ?B Q4_0", "n_threads": 1, "flash_attn": -1,
            "n_prompt": 64, "n_gen": 0, "avg_ns": 137592674, "stddev_ns": 0, "avg_ts": 465.141044, "samples_ts": [ 465.141 ]
          },
          {
            "build_commit": "3f545becc", "model_type": "llama ?B Q4_0", "n_threads": 1, "flash_attn": true,
            "n_prompt": 0, "n_gen": 8, "avg_ns": 64785828, "stddev_ns": 0, "avg_ts": 123.483796, "samples_ts": [ 123.484 ]
          }
        ]
        """;

    [Fact]
    public void Speeds_are_found_by_the_lengths_of_their_tests()
    {
        var output = LlamaBenchOutput.Parse(Sample);
        Assert.Equal("3f545becc", output.Commit);
        Assert.Equal(465.141044, output.Speed(64, 0));
        Assert.Equal(123.483796, output.Speed(0, 8));
        Assert.Null(output.Speed(0, 0));
        Assert.Contains("prompt of 32", Assert.Throws<PeerException>(() => output.Speed(32, 0)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("[1]")]
    [InlineData("[{\"n_prompt\": 1, \"n_gen\": 0, \"avg_ts\": \"fast\"}]")]
    public void Other_output_is_refused(string output) =>
        Assert.StartsWith("its output is not the JSON of llama-bench", Assert.Throws<PeerException>(() => LlamaBenchOutput.Parse(output)).Message, StringComparison.Ordinal);
}
