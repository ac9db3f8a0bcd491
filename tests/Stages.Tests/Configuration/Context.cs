// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed record Context(int Classes);
