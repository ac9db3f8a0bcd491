// Training does not gather tensors.
using TorchSharp;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Tests.Torch;

namespace XClassFlow.Stages.Tests.Graph;

[Collection(AloneTests.Name)]
public sealed class LeakTests
{
    [Theory]
    [InlineData(SelectionMode.All)]
    [InlineData(SelectionMode.Mix)]
    public async Task LiveTensorsStayConstantOver200Steps(SelectionMode mode)
    {
        var live = new List<long>();
        var before = torch.Tensor.TotalCount;
        await new TinyRun
        {
            Updates = 200,
            Shards = 3,
            MicroBatches = 2,
            Active = new ActiveClassesSettings(mode, mode == SelectionMode.All ? 0 : 80, Neighbours: 6, RebuildEvery: 16),
            OnStep = _ => live.Add(torch.Tensor.TotalCount),
        }.RunInlineAsync();
        var (early, late) = (live[20..110].Max(), live[110..].Max());
        Assert.True(late <= early + 4, $"{early} tensors alive at most in steps 20 to 110, {late} after");

        // TorchSharp 0.107 leaves one in the count for every module parameter, also of a bare Linear.
        const int ParametersOfTheMlp = 4;
        Assert.True(torch.Tensor.TotalCount - before <= ParametersOfTheMlp, $"{torch.Tensor.TotalCount - before} tensors outlive the run");
    }
}
