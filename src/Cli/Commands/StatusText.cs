// A cluster's status for people.
using System.Globalization;
using System.Text;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cli.Commands;

/// <summary>A line for the run, then one for each node.</summary>
internal static class StatusText
{
    public static string Of(ClusterStatus status)
    {
        var text = new StringBuilder();
        text.Append(status.Run is null ? "no run" : $"run {status.Run}").Append(", ").Append(status.Phase);
        if (status.Incarnation > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", incarnation {status.Incarnation}, step {status.Step:N0}");
            text.Append(status.Updates > 0 ? string.Create(CultureInfo.InvariantCulture, $"/{status.Updates:N0}, {status.SamplesPerSecond:N0} samples/s") : "");
        }

        if (status.Waiting is not null)
        {
            text.Append(", ").Append(status.Waiting);
        }

        foreach (var member in status.Members)
        {
            text.Append('\n').Append(Of(member, member.Address == status.Supervisor));
        }

        return text.ToString();
    }

    private static string Of(MemberStatus member, bool supervises)
    {
        var line = new StringBuilder(member.Node is { } number ? $"node {number}" : "spare").Append("  ").Append(member.Address).Append("  ").Append(member.Roles);
        line.Append("  ").Append(member.Reachable ? member.Phase : "does not answer");
        if (member.Ranks.Count > 0)
        {
            line.Append("  ranks ").AppendJoin(',', member.Ranks);
        }

        foreach (var shard in member.Shards)
        {
            line.Append(CultureInfo.InvariantCulture, $"  shard {shard.Shard}");
            line.Append(shard.ClassEnd > shard.ClassStart ? string.Create(CultureInfo.InvariantCulture, $" classes {shard.ClassStart}..{shard.ClassEnd - 1}") : "");
        }

        return line.Append(supervises ? "  supervisor" : "").ToString();
    }
}
