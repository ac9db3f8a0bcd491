// Hosts on this machine: network namespaces with an address each, joined by a bridge in a namespace of its own.
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>A network that exists only on this machine (Linux); disposing takes it away. Needs root and iproute2.</summary>
public class NamespaceNetwork : IDisposable
{
    private static int _created;

    private readonly string _name = $"xcf{Environment.ProcessId}n{Interlocked.Increment(ref _created)}";

    /// <param name="hosts">Number of hosts, at most 250.</param>
    /// <param name="megabits">What the line of every host carries in each direction, megabits a second; null: as fast as it goes.</param>
    /// <exception cref="InvalidOperationException">It cannot be made; what was made of it is gone.</exception>
    public NamespaceNetwork(int hosts, int? megabits = null)
    {
        Hosts = hosts;
        try
        {
            Make();
            if (megabits is { } rate)
            {
                Shape(rate);
            }
        }
        catch
        {
            Remove();
            throw;
        }
    }

    /// <summary>Number of hosts.</summary>
    public int Hosts { get; }

    private string Hub => $"{_name}hub";

    /// <summary>Why no such network can be made here; null where it can.</summary>
    /// <param name="megabits">As of the constructor.</param>
    public static string? WhyNot(int? megabits = null)
    {
        try
        {
            using var network = new NamespaceNetwork(1, megabits);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    /// <summary>A host's address.</summary>
    public static string AddressOf(int host) => string.Create(CultureInfo.InvariantCulture, $"10.213.7.{host + 1}");

    /// <summary>Runs a command on a host, as a prefix of its arguments.</summary>
    public string[] On(int host) => ["ip", "netns", "exec", Namespace(host)];

    public void Dispose()
    {
        Remove();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets a host's end of the bridge up or down.</summary>
    protected void Set(int host, string state) => Ip("-n", Hub, "link", "set", Port(host), state);

    private static string Port(int host) => $"port{host}";

    private string Namespace(int host) => $"{_name}h{host}";

    private void Make()
    {
        Ip("netns", "add", Hub);
        Ip("-n", Hub, "link", "add", "bridge0", "type", "bridge");
        Ip("-n", Hub, "link", "set", "bridge0", "up");
        for (var host = 0; host < Hosts; host++)
        {
            Ip("netns", "add", Namespace(host));
            Ip("-n", Hub, "link", "add", Port(host), "type", "veth", "peer", "name", "eth0", "netns", Namespace(host));
            Ip("-n", Hub, "link", "set", Port(host), "master", "bridge0");
            Ip("-n", Hub, "link", "set", Port(host), "up");
            Ip("-n", Namespace(host), "addr", "add", $"{AddressOf(host)}/24", "dev", "eth0");
            Ip("-n", Namespace(host), "link", "set", "lo", "up");
            Ip("-n", Namespace(host), "link", "set", "eth0", "up");
        }
    }

    // A token bucket at both ends of every line: what a host sends, and what is sent to it by all others together. The bucket holds 2 ms (the kernel's timers are no finer), the queue 50 ms more.
    private void Shape(int megabits)
    {
        var burst = Math.Max(128 * 1024, megabits * 125_000L / 500);
        for (var host = 0; host < Hosts; host++)
        {
            Tc(Namespace(host), "eth0", megabits, burst);
            Tc(Hub, Port(host), megabits, burst);
        }
    }

    private static void Tc(string space, string device, int megabits, long burst) => Run("tc", [
        "-n", space, "qdisc", "add", "dev", device, "root", "tbf", "rate", string.Create(CultureInfo.InvariantCulture, $"{megabits}mbit"),
        "burst", burst.ToString(CultureInfo.InvariantCulture), "latency", "50ms"]);

    private void Remove()
    {
        for (var host = 0; host < Hosts; host++)
        {
            TryIp("netns", "del", Namespace(host));
        }

        TryIp("netns", "del", Hub);
    }

    private static void TryIp(params string[] arguments)
    {
        try
        {
            Ip(arguments);
        }
        catch (InvalidOperationException)
        {
        }
    }

    private static void Ip(params string[] arguments) => Run("ip", arguments);

    private static void Run(string command, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: {error.Trim()}");
            }
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"the command {command} is missing ({e.Message})", e);
        }
    }
}
