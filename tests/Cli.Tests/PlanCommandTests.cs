// xclassflow plan: a table, and exit code 2 where a run cannot fit.
namespace XClassFlow.Cli.Tests;

public sealed class PlanCommandTests : IDisposable
{
    private readonly Cli cli = new();
    private readonly string config = Path.GetTempFileName();

    public void Dispose()
    {
        cli.Dispose();
        File.Delete(config);
    }

    [Fact]
    public async Task ShowsEveryKindAndTheLargestNumberOfClasses()
    {
        Assert.Equal(0, await cli.RunAsync("plan", "-c", config));
        Assert.Equal(
            """
            class weights       3,072.0 MiB  N/S x D x 4
            process             1,024.0 MiB  all the rest
            in one process      4,096.0 MiB  of 8,192.0 MiB
            1,000 classes fit; at most 2,333 would

            """,
            cli.Out);
    }

    [Fact]
    public async Task RefusesWhatCannotFit()
    {
        cli.Runs.Plan = cli.Runs.Plan with { Available = 2L << 30 };
        Assert.Equal(2, await cli.RunAsync("plan", "-c", config));
        Assert.Contains("1,000 classes do not fit; at most 333 would", cli.Out, StringComparison.Ordinal);
        Assert.Equal(
            "xclassflow: this run: needs 4.0 GiB in one process, of which 3.0 GiB are class weights; there are 2.0 GiB; at most 333 classes fit; see `xclassflow plan`, or set limits.memory if there is more\n",
            cli.Error);
    }
}
