// Settings that the binder tests bind.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed record Strict(int Classes, Inner Inner, int MicroBatches = 4)
{
    public required string Name { get; init; }
}
