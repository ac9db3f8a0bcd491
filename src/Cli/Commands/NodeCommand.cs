// xclassflow node
using System.CommandLine;
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cli.Commands;

internal static class NodeCommand
{
    public static Command Create(CommandServices services)
    {
        var config = CommonOptions.Required("--config", "FILE", "The configuration (HOCON) with a block cluster.", "-c");
        var sets = CommonOptions.Sets();
        var command = new Command("node", "Starts one node of a cluster and takes part in its runs.") { config, sets };
        command.SetAction(async (parse, stop) =>
        {
            var loaded = HoconLoader.Load(parse.GetRequiredValue(config), parse.GetRequiredValue(sets), services.Reference());
            var output = TextWriter.Synchronized(services.Out);
            return await services.Cluster.RunNodeAsync(loaded, output.WriteLine, stop) ? ExitCodes.Done : ExitCodes.Interrupted;
        });
        return command;
    }
}
