// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public abstract class Unfinished : IBackbone
{
    public abstract string Describe();
}
