// xclassflow cluster status and xclassflow cluster certificates
using System.CommandLine;
using System.Text.Json;
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cli.Commands;

internal static class ClusterCommand
{
    public static Command Create(CommandServices services) => new("cluster", "Looks at a cluster, and prepares one.") { Status(services), Certificates(services) };

    private static Command Status(CommandServices services)
    {
        var config = CommonOptions.Required("--config", "FILE", "The configuration (HOCON) of a node; its seeds are asked.", "-c");
        var sets = CommonOptions.Sets();
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var status = new Command("status", "Shows members, roles, ranks, class ranges and progress.") { config, sets, json };
        status.SetAction(async (parse, stop) =>
        {
            var loaded = HoconLoader.Load(parse.GetRequiredValue(config), parse.GetRequiredValue(sets), services.Reference());
            var answer = await services.Cluster.StatusAsync(loaded, stop);
            await services.Out.WriteLineAsync(parse.GetValue(json)
                ? JsonSerializer.Serialize(answer, StatusJson.Default.ClusterStatus)
                : StatusText.Of(answer));
            return ExitCodes.Done;
        });
        return status;
    }

    private static Command Certificates(CommandServices services)
    {
        var directory = CommonOptions.Required("--out", "DIR", "A new directory for the files.");
        var hosts = CommonOptions.Required("--hosts", "A,B,...", "Names or addresses of the nodes, separated by commas.");
        var certificates = new Command("certificates", "Makes an authority and a certificate for each host, for tests.") { directory, hosts };
        certificates.SetAction(parse =>
        {
            var names = parse.GetRequiredValue(hosts).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var file in services.Cluster.WriteCertificates(parse.GetRequiredValue(directory), names))
            {
                services.Out.WriteLine(file);
            }

            return ExitCodes.Done;
        });
        return certificates;
    }
}
