// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed class WithoutConstructor(WithoutConstructor.Settings settings) : IBackbone
{
    public string Describe() => settings.ToString();

    public sealed record Settings(int Depth = 2);
}
