// Tests that count native tensors or look at the process's memory run alone.
namespace XClassFlow.Stages.Tests.Graph;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Memory
{
    public const string Name = "memory";
}
