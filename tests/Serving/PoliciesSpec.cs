using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ActorStreams.Serving.Tests;

/// <summary>Three roles by policies of the application: view, operate, admin; on requests and on messages of a WebSocket.</summary>
public sealed class PoliciesSpec
{
    private const string View = "jobs/shop/views/revenue-by-region", Till = "jobs/shop/entities/tills/north";

    private static readonly ServingOptions s_options = new() { ViewPolicy = "view", OperatePolicy = "operate", AdminPolicy = "admin" };

    [Theory]
    [InlineData("view", HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("view,operate", HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("admin", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK)]
    [InlineData("", HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    public async Task Each_role_may_what_it_may(string roles, HttpStatusCode view, HttpStatusCode operate, HttpStatusCode admin)
    {
        await using ServedShop shop = await ServedShop.StartAsync(s_options, services: AddRoles);
        if (roles.Length > 0)
            shop.Client.DefaultRequestHeaders.Add("Roles", roles);
        Assert.Equal(view, (await shop.Client.GetAsync(new Uri(View, UriKind.Relative))).StatusCode);
        using var sale = new StringContent("""{"region":"north","amount":1}""", Encoding.UTF8, "application/json");
        Assert.Equal(operate, (await shop.Client.PostAsync(new Uri("jobs/shop/ingresses/sales", UriKind.Relative), sale)).StatusCode);
        Assert.Equal(admin, (await shop.Client.GetAsync(new Uri(Till, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Who_may_view_follows_over_a_socket_and_tells_nothing()
    {
        await using ServedShop shop = await ServedShop.StartAsync(s_options, services: AddRoles);
        await using SocketClientText client = await SocketClientText.OpenAsync(shop, header: ("Roles", "view"));
        await client.SendAsync("""{"type":"tell","id":"a","job":"shop","source":"sales","rows":[{"region":"north","amount":1}]}""");
        JsonElement refused = (await client.NextAsync())!.Value;
        Assert.Equal(403, refused.GetProperty("status").GetInt32());
        Assert.Contains("'operate'", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await client.SendAsync("""{"type":"state","id":"b","job":"shop","operator":"tills","key":"north"}""");
        Assert.Equal(403, (await client.NextAsync())!.Value.GetProperty("status").GetInt32());
        await client.SendAsync("""{"type":"subscribe","id":"c","job":"shop","view":"revenue-by-region","credit":9}""");
        Assert.Equal(["progress"], await client.EventsAsync());
    }

    private static void AddRoles(IServiceCollection services)
    {
        services.AddAuthentication("roles").AddScheme<AuthenticationSchemeOptions, ByHeader>("roles", null);
        services.AddAuthorizationBuilder().AddPolicy("view", static policy => policy.RequireRole("view"))
            .AddPolicy("operate", static policy => policy.RequireRole("operate"))
            .AddPolicy("admin", static policy => policy.RequireRole("admin"));
    }

    private sealed class ByHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["Roles"] is not [{ } roles])
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity(roles.Split(',').Select(static role => new Claim(ClaimTypes.Role, role)), Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
