using ActorStreams.Actors.Settings;
using Akka.Actor;
using Akka.Configuration.Hocon;

namespace ActorStreams.Cluster.Links;

/// <summary>What the configuration of an ActorSystem says of links: the section <c>actorstreams.cluster.links</c>.</summary>
internal sealed class LinkSettings
{
    private const string Section = "actorstreams.cluster.links";

    /// <summary>A text that says that there is none.</summary>
    private const string Off = "off";

    /// <summary>The address of Akka.Remote.</summary>
    private const string OfRemote = "remote";

    private const long MinFrameBytes = 1 << 20, MaxFrameBytes = 1 << 30;

    /// <summary>The address that this node listens on and tells the others; "remote": that of Akka.Remote.</summary>
    public string Host { get; set; } = OfRemote;

    /// <summary>The port; 0: any that is free.</summary>
    public int Port { get; set; }

    /// <summary>The file of this node's certificate; "off": there is none, and no TLS.</summary>
    public string Certificate { get; set; } = Off;

    /// <summary>The file of its private key; "off": it is in the certificate's.</summary>
    public string Key { get; set; } = Off;

    /// <summary>The password of the key; "off": none.</summary>
    public string Password { get; set; } = Off;

    /// <summary>The file of the authorities whose certificates are trusted.</summary>
    public string Trusted { get; set; } = Off;

    /// <summary>Rows may leave the machine without TLS.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>How long nothing is said before a beat.</summary>
    public TimeSpan BeatEvery { get; set; } = LinkLimits.Default.BeatEvery;

    /// <summary>How long nothing may be heard.</summary>
    public TimeSpan SilentAfter { get; set; } = LinkLimits.Default.SilentAfter;

    /// <summary>How long it is tried to open a link.</summary>
    public TimeSpan OpenWithin { get; set; } = LinkLimits.Default.OpenWithin;

    /// <summary>Bytes of a frame of rows at most.</summary>
    public long FrameBytes { get; set; } = LinkLimits.Default.FrameBytes;

    /// <summary>Connections at most that have not said yet whose they are.</summary>
    public int Strangers { get; set; } = LinkLimits.Default.Strangers;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="PipelineException">A value cannot be read, or contradicts another one.</exception>
    public static LinkSettings Of(ActorSystem system)
    {
        _ = new SystemSettings(system);                 // keys that there are not are refused, and the defaults are there
        HoconObject section = system.Settings.Config.GetValue(Section).GetObject();
        LinkSettings settings = new OptionsReader(system.Name).Read(new LinkSettings(), Section, section);
        if (settings.WrongIn() is { } wrong)
            throw new PipelineException($"ActorSystem '{system.Name}': {wrong}");
        return settings;
    }

    /// <summary>Where the node listens.</summary>
    /// <param name="remoteHost">The address of Akka.Remote.</param>
    public LinkAddress AddressOf(string remoteHost) => new(Host == OfRemote ? remoteHost : Host, Port);

    public LinkLimits Limits => new()
    {
        BeatEvery = BeatEvery,
        SilentAfter = SilentAfter,
        OpenWithin = OpenWithin,
        FrameBytes = (int)FrameBytes,
        Strangers = Strangers,
    };

    /// <summary>The network, with the certificates loaded.</summary>
    /// <exception cref="JobException">A file of certificates cannot be read.</exception>
    public SocketNetwork ToNetwork() => new(
        Certificate == Off ? null : LinkCertificates.Load(Certificate, TextOf(Key), TextOf(Password), Trusted), AllowPlaintext);

    private static string TextOf(string setting) => setting == Off ? "" : setting;

    private string? WrongIn()
    {
        if (Certificate != Off && Trusted == Off)
            return $"'{Section}.certificate' is set, '{Section}.trusted' is not: name the file of the authority that has signed the " +
                "certificates of the nodes.";
        if (Certificate == Off && (Trusted != Off || Key != Off))
            return $"'{Section}.trusted' or '.key' is set, '{Section}.certificate' is not: without it links go without TLS.";
        if (Port is < 0 or > 65_535)
            return $"the setting '{Section}.port' is {Port}. It must be 0 to 65535.";
        if (BeatEvery <= TimeSpan.Zero || SilentAfter < 3 * BeatEvery)
            return $"the setting '{Section}.silent-after' is {SilentAfter}. It must be at least three times '{Section}.beat-every', " +
                $"which is {BeatEvery}.";
        if (OpenWithin <= TimeSpan.Zero)
            return $"the setting '{Section}.open-within' is {OpenWithin}. It must be more than nothing.";
        if (FrameBytes is < MinFrameBytes or > MaxFrameBytes)
            return $"the setting '{Section}.frame-bytes' is {FrameBytes}. It must be {MinFrameBytes} to {MaxFrameBytes}.";
        return Strangers > 0 ? null : $"the setting '{Section}.strangers' is {Strangers}. It must be at least 1.";
    }
}
