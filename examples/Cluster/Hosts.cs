using System.Diagnostics;
using System.Globalization;

namespace Readings;

/// <summary>
/// A host of its own for each node: a network namespace of Linux with an address, joined by a bridge, on which the database listens, too.
/// What goes from one to another can be cut, whole or by port, in one direction or in both. Needs the rights of root and the command
/// <c>ip</c>.
/// </summary>
internal sealed class Hosts : IDisposable
{
    /// <summary>The ports of all nodes: of Akka.Remote, and of the links that carry rows.</summary>
    public const int RemotePort = 4053, LinkPort = 4054;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"rd{Environment.ProcessId % 100_000}");
    private readonly string _network = string.Create(CultureInfo.InvariantCulture, $"10.213.{Environment.ProcessId % 250}");
    private readonly int _count;

    /// <summary>Makes hosts for nodes 0 to <paramref name="count"/> - 1.</summary>
    /// <exception cref="InvalidOperationException">The machine does not allow it.</exception>
    public Hosts(int count)
    {
        _count = count;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        Ip($"link add {_name} type bridge");
        Ip($"addr add {DatabaseAddress}/24 dev {_name}");
        Ip($"link set {_name} up");
        for (int node = 0; node < count; node++)
        {
            Ip($"netns add {NameOf(node)}");
            Ip($"link add {NameOf(node)} type veth peer name eth0 netns {NameOf(node)}");
            Ip($"link set {NameOf(node)} master {_name} up");
            Ip($"-n {NameOf(node)} addr add {AddressOf(node)}/24 dev eth0");
            Ip($"-n {NameOf(node)} link set eth0 up");
            Ip($"-n {NameOf(node)} link set lo up");
        }
    }

    /// <summary>Where the database listens for nodes.</summary>
    public string DatabaseAddress => $"{_network}.1";

    /// <summary>The network, as PostgreSQL writes it.</summary>
    public string Network => $"{_network}.0/24";

    public string AddressOf(int node) => string.Create(CultureInfo.InvariantCulture, $"{_network}.{node + 2}");

    /// <summary>What stands before a command that is to run on a node's host.</summary>
    public string[] On(int node) => ["ip", "netns", "exec", NameOf(node)];

    /// <summary>What a host sends to an address is dropped without an answer, until <see cref="Heal"/>.</summary>
    /// <param name="node">Whose host.</param>
    /// <param name="to">The other's address.</param>
    /// <param name="port">What goes to or comes from this port of either; null: all.</param>
    public void Cut(int node, string to, int? port)
    {
        foreach (string rule in RulesOf(to, port))
            Ip($"-n {NameOf(node)} rule add pref 0 {rule}");
    }

    /// <summary>Ends all cuts of a host.</summary>
    public void Heal(int node)
    {
        while (Run($"-n {NameOf(node)} rule del pref 0 blackhole") == 0)
        {
            // one rule a time
        }
    }

    public void Dispose()
    {
        for (int node = 0; node < _count; node++)
            Run($"netns del {NameOf(node)}");
        Run($"link del {_name}");
    }

    private static string[] RulesOf(string to, int? port) => port is { } number
        ? [$"to {to} ipproto tcp dport {number} blackhole", $"to {to} ipproto tcp sport {number} blackhole"]
        : [$"to {to} blackhole"];

    private string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"{_name}n{node}");

    private static void Ip(string arguments)
    {
        if (Run(arguments) != 0)
        {
            throw new InvalidOperationException(
                $"'ip {arguments}' failed. Hosts of their own for nodes (--hosts) need Linux, root, and the package iproute2.");
        }
    }

    private static int Run(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments.Split(' '))
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
