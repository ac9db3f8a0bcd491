// Marks the tests that count live tensors or start child processes: they run alone.
namespace XClassFlow.Stages.Tests.Torch;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "alone";
}
