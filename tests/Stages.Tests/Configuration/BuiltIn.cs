// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed class BuiltIn(string name) : IBackbone
{
    public string Describe() => name;
}
