// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed class WithoutSettings : IBackbone
{
    public string Describe() => "";
}
