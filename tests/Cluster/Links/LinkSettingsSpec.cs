using System.Reflection;
using ActorStreams.Actors.Settings;
using ActorStreams.Cluster.Links;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Links are configured with the ActorSystem: <c>actorstreams.cluster.links</c>.</summary>
public sealed class LinkSettingsSpec
{
    [Fact]
    public void The_defaults_of_the_reference_configuration_are_those_of_the_code()
    {
        LinkSettings configured = Read("");
        var code = new LinkSettings();

        foreach (PropertyInfo property in typeof(LinkSettings).GetProperties().Where(property => property.CanWrite))
        {
            Assert.Equal(property.GetValue(code), property.GetValue(configured));
            Assert.True(ReferenceConf.Parsed.HasPath($"actorstreams.cluster.links.{OptionsReader.KeyOf(property.Name)}"), property.Name);
        }

        Assert.Equal(LinkLimits.Default, code.Limits);
    }

    [Fact]
    public void What_is_configured_is_taken()
    {
        LinkSettings settings = Read("host = 10.1.2.3, port = 4055, allow-plaintext = on, silent-after = 5s, beat-every = 500ms, " +
            "frame-bytes = 2MiB, strangers = 9");

        Assert.Equal(new LinkAddress("10.1.2.3", 4055), settings.AddressOf("akka"));
        Assert.Equal(LinkLimits.Default with
        {
            SilentAfter = TimeSpan.FromSeconds(5),
            BeatEvery = TimeSpan.FromSeconds(0.5),
            FrameBytes = 2 << 20,
            Strangers = 9
        },
            settings.Limits);
        Assert.Equal(new LinkAddress("akka", 0), Read("").AddressOf("akka"));
    }

    [Fact]
    public void Certificates_come_from_the_files_that_are_named()
    {
        using var authority = new Authority("ours");
        authority.Sign("a");

        Assert.NotNull(Read($"certificate = \"{authority.FileOf("a.pfx")}\", password = secret, trusted = " +
            $"\"{authority.Trusted}\"").ToNetwork());
        JobException wrong = Assert.Throws<JobException>(() =>
            Read($"certificate = \"{authority.FileOf("a.pfx")}\", password = canary, trusted = \"{authority.Trusted}\"").ToNetwork());
        Assert.DoesNotContain("canary", wrong.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificate = a.pem", "'actorstreams.cluster.links.trusted' is not")]
    [InlineData("trusted = a.pem", "'actorstreams.cluster.links.certificate' is not")]
    [InlineData("port = 70000", "It must be 0 to 65535")]
    [InlineData("silent-after = 2s", "at least three times 'actorstreams.cluster.links.beat-every'")]
    [InlineData("open-within = 0s", "'actorstreams.cluster.links.open-within'")]
    [InlineData("frame-bytes = 4KiB", "It must be 1048576 to 1073741824")]
    [InlineData("strangers = 0", "It must be at least 1")]
    [InlineData("certifcate = a.pem", "The nearest is 'actorstreams.cluster.links.certificate'")]
    public void What_contradicts_itself_is_refused_and_the_setting_named(string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<PipelineException>(() => Read(settings)).Message, StringComparison.Ordinal);

    private static LinkSettings Read(string settings)
    {
        using var system = ActorSystem.Create("links", ConfigurationFactory.ParseString(
            $"actorstreams.cluster.links {{ {settings.Replace(", ", "\n", StringComparison.Ordinal)} }}\nakka.loglevel = " +
                $"OFF\nakka.stdout-loglevel = OFF"));
        return LinkSettings.Of(system);
    }
}
