// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

internal sealed class Hidden : IBackbone
{
    public string Describe() => "";
}
