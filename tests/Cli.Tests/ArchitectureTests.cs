// Dependencies point one way: Data <- Stages <- Cluster <- Cli, and Akka appears only in the last two.
using System.Reflection;

namespace XClassFlow.Cli.Tests;

public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("XClassFlow.Data", "XClassFlow", "TorchSharp", "Akka")]
    [InlineData("XClassFlow.Stages", "XClassFlow.Cluster", "xclassflow", "Akka")]
    [InlineData("XClassFlow.Cluster", "xclassflow")]
    public void An_assembly_does_not_know_those_above_it(string assembly, params string[] forbidden)
    {
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.NotEmpty(references);
        Assert.DoesNotContain(references, r => forbidden.Any(f => r == f || r.StartsWith(f + ".", StringComparison.Ordinal)));
    }
}
