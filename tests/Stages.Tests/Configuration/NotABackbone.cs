// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed class NotABackbone
{
    public sealed record Settings(int Depth = 2);
}
