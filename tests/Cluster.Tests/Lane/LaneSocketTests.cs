// Connecting can be given up, also where the system itself would not.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Tcp;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneSocketTests
{
    [Fact]
    public async Task Connecting_to_a_listener_of_this_machine_that_takes_nobody_in_can_be_cancelled()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks into /proc to see that the system still tries");
        using var listener = New();
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        // The queue of a listener that accepts nobody holds one or two; who comes then waits for a place.
        var sockets = Enumerable.Range(0, 4).Select(_ => New()).ToList();
        using var cancel = new CancellationTokenSource();
        var connecting = sockets.ConvertAll(s => LaneSocket.ConnectAsync(s, "127.0.0.1", port, cancel.Token));
        var trying = string.Create(CultureInfo.InvariantCulture, $" 0100007F:{port:X4} 02 ");
        await Waiting.Until(() => File.ReadAllText("/proc/net/tcp").Contains(trying, StringComparison.Ordinal), () => "a connection that waits");
        await cancel.CancelAsync();
        var cancelled = 0;
        foreach (var one in connecting)
        {
            try
            {
                await one.InTime("connecting after it was given up");
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        Assert.InRange(cancelled, 1, 4);
        sockets.ForEach(s => s.Dispose());
    }

    private static Socket New() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
}
