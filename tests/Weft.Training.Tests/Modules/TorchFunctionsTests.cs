using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class TorchFunctionsTests
{
    [Fact]
    public async Task Numbers_live_until_the_call_is_over_however_often_garbage_is_collected()
    {
        using var x = rand(4, 8);
        using var weight = ones(8);
        using Tensor expected = TorchFunctions.RmsNorm(x, weight, 1e-5);
        float[] values = expected.data<float>().ToArray();
        using var done = new CancellationTokenSource();
        Task collecting = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }, TestContext.Current.CancellationToken);
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                using Tensor y = TorchFunctions.RmsNorm(x, weight, 1e-5);
                Assert.Equal(values, y.data<float>().ToArray());
            }
        }
        finally
        {
            done.Cancel();
            await collecting;
        }
    }
}
