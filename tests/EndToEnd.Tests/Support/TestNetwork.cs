// Hosts of a test: network namespaces with an address each, joined by a bridge in a namespace of its own.
using System.Diagnostics;
using System.Globalization;

namespace XClassFlow.EndToEnd.Tests.Support;

/// <summary>A network that exists only on this machine; disposing takes it away. Needs root and iproute2.</summary>
internal sealed class TestNetwork : IDisposable
{
    private static int _created;

    private readonly string _name = $"xcf{Environment.ProcessId}n{Interlocked.Increment(ref _created)}";
    private readonly int _hosts;

    private TestNetwork(int hosts) => _hosts = hosts;

    /// <summary>Why no network can be made here; null where it can.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var network = Create(1);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"no network namespaces can be made here: {e.Message}";
        }
    }

    /// <exception cref="InvalidOperationException">It cannot be made; what was made of it is gone.</exception>
    public static TestNetwork Create(int hosts)
    {
        var network = new TestNetwork(hosts);
        try
        {
            network.Make();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Number of hosts.</summary>
    public int Hosts => _hosts;

    /// <summary>A host's address.</summary>
    public static string AddressOf(int host) => string.Create(CultureInfo.InvariantCulture, $"10.213.7.{host + 1}");

    /// <summary>Runs a command on a host, as a prefix of its arguments.</summary>
    public string[] On(int host) => ["ip", "netns", "exec", Namespace(host)];

    /// <summary>Cuts a host off: nothing reaches it, and it notices nothing but silence.</summary>
    public void Cut(int host) => Ip("-n", Hub, "link", "set", Port(host), "down");

    /// <summary>Joins it again.</summary>
    public void Join(int host) => Ip("-n", Hub, "link", "set", Port(host), "up");

    public void Dispose()
    {
        for (var host = 0; host < _hosts; host++)
        {
            TryIp("netns", "del", Namespace(host));
        }

        TryIp("netns", "del", Hub);
    }

    private string Hub => $"{_name}hub";

    private static string Port(int host) => $"port{host}";

    private string Namespace(int host) => $"{_name}h{host}";

    private void Make()
    {
        Ip("netns", "add", Hub);
        Ip("-n", Hub, "link", "add", "bridge0", "type", "bridge");
        Ip("-n", Hub, "link", "set", "bridge0", "up");
        for (var host = 0; host < _hosts; host++)
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

    private static void Ip(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"the command ip is missing ({e.Message})", e);
        }
    }
}
