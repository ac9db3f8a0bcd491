// The figures of a benchmark took long to measure: they are written whole or not at all.
using XClassFlow.Cli.Commands;
using XClassFlow.Data;

namespace XClassFlow.Cli.Tests;

public sealed class BenchReportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_report_that_cannot_be_made_leaves_the_old_one()
    {
        var file = Path.Combine(_folder.FullName, "report.json");
        BenchCommand.Write(new Figures(1), file);
        Assert.Equal("{\n  \"value\": 1\n}\n", File.ReadAllText(file));
        Assert.ThrowsAny<Exception>(() => BenchCommand.Write(new { First = new string('x', 100_000), Bad = new Figures(-1) }, file));
        Assert.Equal("{\n  \"value\": 1\n}\n", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void A_place_that_has_gone_is_named()
    {
        var file = Path.Combine(_folder.FullName, "gone", "report.json");
        Assert.StartsWith($"{file}: cannot be written: ", Assert.Throws<OutputException>(() => BenchCommand.Write(new Figures(1), file)).Message, StringComparison.Ordinal);
    }

    private sealed record Figures(int Number)
    {
        public int Value => Number < 0 ? throw new InvalidOperationException("no figure") : Number;

        private int Number { get; } = Number;
    }
}
