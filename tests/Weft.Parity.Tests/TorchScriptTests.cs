using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Parity.Tests;

public sealed class TorchScriptTests
{
    /// <summary>
    /// PyTorch's own writer of archives, which torch.save uses too, made this file: its directory and entries are read, and it is
    /// refused only for what it is.
    /// </summary>
    [Fact]
    public void A_tensor_that_libtorch_saves_is_a_TorchScript_archive()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("tensor.pt");
        // A model loads libtorch the way that finds it.
        using TrainableModel model = RandomWeights.Model(ParitySamples.Of("llama")[0].Spec);
        using (Tensor tensor = arange(6))
            tensor.save(path);
        Assert.Contains("TorchScript", Assert.Throws<CheckpointException>(() => TorchFile.Open(path)).Message, StringComparison.Ordinal);
    }
}
