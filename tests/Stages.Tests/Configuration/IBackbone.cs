// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public interface IBackbone
{
    string Describe();
}
