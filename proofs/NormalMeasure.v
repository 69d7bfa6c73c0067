(* The normal law as a measure on the real line: its first moments, and how far two draws are apart.

   normal_prob m s     the normal measure of mathcomp-analysis, with mean m and standard deviation s
   m1 \x m2            the product measure: two independent draws
   apart K             two draws with a squared distance of K or more
   bell                the density of the standard normal law
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import mathcomp_extra interval interval_inference reals ereal classical_sets boolp functions sequences.
From mathcomp Require Import topology normedtype numfun esum exp trigo measure measurable_realfun lebesgue_measure lebesgue_integral.
From mathcomp Require Import realfun derive charge ftc gauss_integral probability.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section NormalMoments.
Variable R : realType.
Local Notation mu := (@lebesgue_measure R).
Local Notation N := (@normal_prob R 0 1).
Local Open Scope ereal_scope.

(* The normal measure has the normal density. *)
Lemma integral_normal (f : R -> \bar R) : measurable_fun setT f -> (forall x, 0 <= f x) ->
  \int[N]_x f x = \int[mu]_x (f x * (normal_pdf 0%R 1%R x)%:E).
Proof.
move=> mf f0; have dom : N `<< mu := @normal_prob_dominates R 0 1.
rewrite -(Radon_Nikodym_SigmaFinite.change_of_variables dom f0 measurableT mf).
have mpdf : measurable_fun setT (fun x : R => (normal_pdf 0%R 1%R x)%:E).
  by apply/measurable_EFinP; exact: measurable_normal_pdf.
apply: ae_eq_integral => //.
- apply: emeasurable_funM => //; exact: measurable_int (Radon_Nikodym_SigmaFinite.f_integrable dom).
- exact: emeasurable_funM.
apply: ae_eq_mul2l; apply: integral_ae_eq => //.
  exact: Radon_Nikodym_SigmaFinite.f_integrable.
by move=> E _ mE; rewrite -Radon_Nikodym_SigmaFinite.f_integral.
Qed.

Let c : R := ((Num.sqrt (pi *+ 2))^-1)%R.

Let c_ge0 : (0 <= c)%R. Proof. by rewrite /c invr_ge0 sqrtr_ge0. Qed.

Let bell (x : R) : R := (c * expR (- (x ^+ 2 / 2)))%R.

Lemma standard_pdf x : normal_pdf 0%R 1%R x = bell x.
Proof. by rewrite /normal_pdf oner_eq0 /bell /c subr0 expr1n mul1r mulNr. Qed.

Lemma bell_ge0 x : (0 <= bell x)%R. Proof. by rewrite mulr_ge0// expR_ge0. Qed.

Lemma bell_even x : bell (- x)%R = bell x. Proof. by rewrite /bell sqrrN. Qed.

Lemma bell_le x : (bell x <= c)%R.
Proof. by rewrite /bell ler_piMr// -[leRHS]expR0 ler_expR oppr_le0 divr_ge0// sqr_ge0. Qed.

Lemma continuous_bell : continuous bell.
Proof.
have := @continuous_normal_pdf R 0%R 1%R; rewrite (_ : normal_pdf 0%R 1%R = bell); last by apply/funext => x; exact: standard_pdf.
by move=> h x; apply: h; exact: oner_neq0.
Qed.

Lemma integral_bell : \int[mu]_x (bell x)%:E = 1.
Proof.
rewrite -[RHS](@integral_normal_pdf R 0%R 1%R) ?oner_neq0//.
by apply: eq_integral => x _; rewrite standard_pdf.
Qed.

(* (x^2 - 1) bell x has the antiderivative - x bell x and changes its sign at 1; the sum with tail is never negative. *)
Let tail (x : R) : R := (c * expR (1 - x))%R.

Lemma derive_tail (x : R) : is_derive x (1%R : R) (fun y : R^o => - tail y : R^o)%R (tail x).
Proof.
rewrite /tail; apply: is_derive_eq; rewrite /GRing.scale /=; set e := expR _.
transitivity (- (c * (e * ((0 + 1) * -1))) : R)%R; first by [].
by ring.
Qed.

Lemma derive_whole (x : R) :
  is_derive x (1%R : R) (fun y : R^o => - (y * bell y) - tail y : R^o)%R ((x ^+ 2 - 1) * bell x + tail x)%R.
Proof.
rewrite /bell /tail; apply: is_derive_eq; rewrite /GRing.scale /=; set e := expR _; set g := expR _.
transitivity (- (x * (c * (e * - (x ^+ 2 * (- 2%:R ^- 2 * 0) + 2%:R^-1 * (x * 1 + x * 1)))) + c * e * 1) -
  c * (g * ((0 + 1) * -1)) : R)%R; first by [].
by field.
Qed.

Lemma tail_vanishes : (- tail x)%R @[x --> +oo%R] --> (0 : R)%R.
Proof.
rewrite (_ : (fun x => - tail x) = (fun x => - (c * expR 1) * expR (- x)))%R; last first.
  by apply/funext => x; rewrite /tail expRD; ring.
by rewrite -[X in _ --> X](mulr0 (- (c * expR 1)))%R; apply: cvgMr; exact: cvgr_expR.
Qed.

Lemma line_vanishes : (- (x * bell x))%R @[x --> +oo%R] --> (0 : R)%R.
Proof.
rewrite -[X in _ --> X]oppr0; apply: cvgN.
apply: (@squeeze_cvgr _ _ _ _ (cst 0%R) (fun x => 2 * c * x^-1)%R).
- near=> x; have x0 : (0 < x)%R by near: x; exact: nbhs_pinfty_gt.
  rewrite mulr_ge0 ?bell_ge0 ?(ltW x0)//= /bell expRN.
  have big : (x ^+ 2 / 2 <= expR (x ^+ 2 / 2))%R.
    by apply: le_trans (expR_ge1Dx _); rewrite lerDr ler01.
  have e0 : (0 < x ^+ 2 / 2)%R by rewrite divr_gt0// exprn_gt0.
  have inv : ((expR (x ^+ 2 / 2))^-1 <= (x ^+ 2 / 2)^-1)%R by rewrite lef_pV2// posrE ?expR_gt0.
  apply: (@le_trans _ _ (x * (c * (x ^+ 2 / 2)^-1)))%R.
    by rewrite ler_wpM2l ?(ltW x0)// ler_wpM2l.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; field; exact: lt0r_neq0.
- exact: cvg_cst.
rewrite -[X in _ --> X](mulr0 (2 * c)%R); apply: cvgMr.
apply/gtr0_cvgV0; last exact: cvg_id.
by near=> x; near: x; exact: nbhs_pinfty_gt.
Unshelve. all: by end_near. Qed.

Lemma continuous_tail : continuous tail.
Proof.
move=> x; rewrite /tail; apply: cvgMr.
apply: (@cvg_comp _ _ _ (fun x : R => 1 - x)%R expR); last exact: continuous_expR.
by apply: cvgB; [exact: cvg_cst|exact: cvg_id].
Qed.

Lemma continuous_square (a : R) : continuous (fun x : R => (x ^+ 2 + a) * bell x)%R.
Proof.
move=> x; apply: cvgM; last exact: continuous_bell.
by apply: cvgD; [exact: exprn_continuous|exact: cvg_cst].
Qed.

Lemma continuous_plain : continuous (fun x : R => x ^+ 2 * bell x)%R.
Proof. by move=> x; apply: cvgM; [exact: exprn_continuous|exact: continuous_bell]. Qed.

Lemma whole_ge0 x : (0 <= x)%R -> (0 <= (x ^+ 2 - 1) * bell x + tail x)%R.
Proof.
move=> x0; have [x1|x1] := leP 1%R x.
  by rewrite addr_ge0// mulr_ge0 ?bell_ge0// ?mulr_ge0 ?expR_ge0// subr_ge0 expr_ge1.
have b := bell_le x; have b0 := bell_ge0 x.
have t : (c <= tail x)%R.
  by rewrite /tail ler_peMr// -[leLHS]expR0 ler_expR subr_ge0 ltW.
have s : (0 <= x ^+ 2 * bell x)%R by rewrite mulr_ge0 ?sqr_ge0.
by rewrite mulrBl mul1r; lra.
Qed.

Lemma integral_tail : \int[mu]_(x in `[0%R, +oo[) (tail x)%:E = (c * expR 1)%:E.
Proof.
rewrite (@ge0_continuous_FTC2y _ tail (fun x => - tail x)%R _ 0%R).
- by rewrite sub0e -EFinN opprK /tail subr0.
- by move=> x _; rewrite mulr_ge0// expR_ge0.
- by apply: continuous_subspaceT; exact: continuous_tail.
- exact: tail_vanishes.
- by move=> x _; have [] := derive_tail x.
- by apply: cvg_at_right_filter; apply: cvgN; exact: continuous_tail.
move=> x _; rewrite derive1E; by have [_ ->] := derive_tail x.
Qed.

Lemma integral_whole : \int[mu]_(x in `[0%R, +oo[) ((x ^+ 2 - 1) * bell x + tail x)%:E = (c * expR 1)%:E.
Proof.
rewrite (@ge0_continuous_FTC2y _ _ (fun x => - (x * bell x) - tail x)%R _ 0%R).
- by rewrite sub0e -EFinN mul0r oppr0 sub0r opprK /tail subr0.
- exact: whole_ge0.
- by apply: continuous_subspaceT => x; apply: cvgD; [exact: continuous_square|exact: continuous_tail].
- by rewrite -[0%R]addr0; apply: cvgD; [exact: line_vanishes|exact: tail_vanishes].
- by move=> x _; have [] := derive_whole x.
- apply: cvg_at_right_filter; apply: cvgD; last by apply: cvgN; exact: continuous_tail.
  by apply: cvgN; apply: cvgM; [exact: cvg_id|exact: continuous_bell].
move=> x _; rewrite derive1E; by have [_ ->] := derive_whole x.
Qed.

Lemma cancel_finite (a : R) (x y : \bar R) : a%:E + x = a%:E + y -> x = y.
Proof. by case: x => [x| |]; case: y => [y| |] //=; rewrite -?EFinD => -[e]; congr EFin; lra. Qed.

Lemma half_square : \int[mu]_(x in `[0%R, +oo[) (x ^+ 2 * bell x)%:E = \int[mu]_(x in `[0%R, +oo[) (bell x)%:E.
Proof.
have mD : measurable (`[0%R, +oo[%classic : set R) by [].
have mT (f : R -> R) : continuous f -> measurable_fun (`[0%R, +oo[%classic : set R) (EFin \o f).
  by move=> cf; apply/measurable_EFinP; apply: measurable_funTS; exact: continuous_measurable_fun.
have pos x : (0 <= x ^+ 2 * bell x)%R by rewrite mulr_ge0 ?sqr_ge0 ?bell_ge0.
have tpos x : (0 <= tail x)%R by rewrite mulr_ge0 ?expR_ge0.
have csq := continuous_plain.
have cwh : continuous (fun x : R => (x ^+ 2 - 1) * bell x + tail x)%R.
  by move=> x; apply: cvgD; [exact: continuous_square|exact: continuous_tail].
apply: (@cancel_finite (c * expR 1)%R).
rewrite -[in LHS]integral_tail -[in RHS]integral_whole.
rewrite -(@ge0_integralD _ _ _ mu _ mD (EFin \o tail) (fun x : R => (x ^+ 2 * bell x)%:E)); last 4 first.
- by move=> x _; rewrite lee_fin.
- exact: mT continuous_tail.
- by move=> x _; rewrite lee_fin.
- exact: mT csq.
rewrite -(@ge0_integralD _ _ _ mu _ mD (fun x : R => ((x ^+ 2 - 1) * bell x + tail x)%:E) (EFin \o bell)); last 4 first.
- by move=> x /=; rewrite in_itv/= andbT lee_fin => /whole_ge0.
- exact: mT cwh.
- by move=> x _; rewrite lee_fin bell_ge0.
- exact: mT continuous_bell.
by apply: eq_integral => x _; rewrite /= -!EFinD; congr EFin; ring.
Qed.

(* The variance of a standard normal variable is one. *)
Lemma integral_square : \int[mu]_x (x ^+ 2 * bell x)%:E = 1.
Proof.
have csq := continuous_plain.
have half (f : R -> R) : (forall x, 0 <= f x)%R -> continuous f -> f =1 f \o -%R ->
    \int[mu]_x (f x)%:E = 2%:E * \int[mu]_(x in `[0%R, +oo[) (f x)%:E.
  move=> f0 cf ef; rewrite ge0_symfun_integralT//; congr (_ * integral _ _ _).
  by apply/seteqP; split => x /=; rewrite in_itv/= andbT.
rewrite half ?half_square//.
- rewrite -half; [exact: integral_bell|exact: bell_ge0|exact: continuous_bell|by move=> x /=; rewrite bell_even].
- by move=> x; rewrite mulr_ge0 ?sqr_ge0 ?bell_ge0.
by move=> x /=; rewrite sqrrN bell_even.
Qed.

(* Mirror images have the same mean. *)
Lemma mirror (f : R -> R) : (forall x, 0 <= f x)%R -> continuous f ->
  \int[mu]_x (f (- x)%R)%:E = \int[mu]_x (f x)%:E.
Proof.
move=> f0 cf; have cm : continuous (f \o -%R)%R.
  by move=> x; apply: (@cvg_comp _ _ _ (fun x : R => - x)%R f); [exact: opp_continuous|exact: cf].
have parts (g : R -> R) : (forall x, 0 <= g x)%R -> continuous g -> \int[mu]_x (g x)%:E =
    \int[mu]_(x in `[0%R, +oo[) (g x)%:E + \int[mu]_(x in `[0%R, +oo[) (g (- x)%R)%:E.
  move=> g0 cg; have mg : measurable_fun [set: R] g by exact: continuous_measurable_fun.
  rewrite -(setUv (`[0%R, +oo[%classic : set R)) ge0_integral_setU//= ; last 4 first.
  - exact: measurableC.
  - by apply/measurable_EFinP; rewrite setUv.
  - by move=> x _; rewrite lee_fin.
  - exact/disj_setPCl.
  congr (_ + _); rewrite setCitvr integral_itv_bndo_bndc; last exact: measurable_funTS.
  by rewrite -{1}oppr0 ge0_integration_by_substitutionNy//; exact: continuous_subspaceT.
rewrite (parts (f \o -%R)%R (fun x => f0 _) cm) (parts f f0 cf) addeC /=; congr (_ + _).
by apply: eq_integral => x _; rewrite opprK.
Qed.

Lemma shifted_square (z : R) : \int[mu]_x ((z - x) ^+ 2 * bell x)%:E = (z ^+ 2 + 1)%:E.
Proof.
have cs (s : R) : continuous (fun x : R => (z + s * x) ^+ 2 * bell x)%R.
  move=> x; apply: cvgM; last exact: continuous_bell.
  apply: (@cvg_comp _ _ _ (fun x : R => z + s * x)%R (fun x => x ^+ 2)%R); last exact: exprn_continuous.
  by apply: cvgD; [exact: cvg_cst|apply: cvgMr; exact: cvg_id].
have pos (s x : R) : (0 <= (z + s * x) ^+ 2 * bell x)%R by rewrite mulr_ge0 ?sqr_ge0 ?bell_ge0.
have mT (f : R -> R) : continuous f -> measurable_fun (setT : set R) (EFin \o f).
  by move=> cf; apply/measurable_EFinP; exact: continuous_measurable_fun.
have csq := continuous_plain.
have both : \int[mu]_x ((z - x) ^+ 2 * bell x)%:E + \int[mu]_x ((z - x) ^+ 2 * bell x)%:E = (2 * z ^+ 2 + 2)%:E.
  have minus (x : R) : ((z - x) ^+ 2 * bell x = (z + -1 * x) ^+ 2 * bell x)%R by rewrite mulN1r.
  have plus (x : R) : ((z - - x) ^+ 2 * bell (- x) = (z + 1 * x) ^+ 2 * bell x)%R by rewrite mul1r opprK bell_even.
  rewrite -{1}(mirror (f := fun x => (z - x) ^+ 2 * bell x)%R); last 2 first.
  - by move=> x; rewrite minus.
  - by rewrite (_ : (fun x => _) = (fun x => (z + -1 * x) ^+ 2 * bell x)%R); [exact: cs|apply/funext => x; rewrite minus].
  under eq_integral do rewrite plus; under [X in _ + X]eq_integral do rewrite minus.
  rewrite -ge0_integralD//=; last 4 first.
  - by move=> x _; rewrite lee_fin pos.
  - exact: mT (cs 1%R).
  - by move=> x _; rewrite lee_fin pos.
  - exact: mT (cs (-1)%R).
  transitivity (\int[mu]_x ((2 * z ^+ 2)%:E * (bell x)%:E + 2%:E * (x ^+ 2 * bell x)%:E)).
    by apply: eq_integral => x _; rewrite -!EFinM -!EFinD; congr EFin; ring.
  have z0 : (0 <= 2 * z ^+ 2)%R by rewrite mulr_ge0 ?sqr_ge0.
  rewrite ge0_integralD//=; last 4 first.
  - by move=> x _; rewrite mule_ge0// lee_fin ?bell_ge0.
  - by apply: measurable_funeM; exact: mT continuous_bell.
  - by move=> x _; rewrite mule_ge0// lee_fin mulr_ge0 ?sqr_ge0 ?bell_ge0.
  - by apply: measurable_funeM; exact: mT csq.
  rewrite !ge0_integralZl//=; last 4 first.
  - exact: mT csq.
  - by move=> x _; rewrite lee_fin mulr_ge0 ?sqr_ge0 ?bell_ge0.
  - exact: mT continuous_bell.
  - by move=> x _; rewrite lee_fin bell_ge0.
  by rewrite integral_bell integral_square !mule1 -EFinD.
move: both; set X := \int[mu]_x _; case: X => [y| |] //=; rewrite -EFinD => -[e]; congr EFin; lra.
Qed.

Lemma measurable_squared_distance : measurable_fun setT (fun p : R * R => (p.1 - p.2) ^+ 2)%R.
Proof. by apply: measurable_funX; apply: measurable_funB; [exact: measurable_fst|exact: measurable_snd]. Qed.

(* The mean squared distance of two independent draws is 2. *)
Lemma apart_square : \int[N \x N]_p ((p.1 - p.2) ^+ 2)%:E = 2%:E.
Proof.
have mf : measurable_fun setT (fun p : R * R => ((p.1 - p.2) ^+ 2)%:E).
  by apply/measurable_EFinP; exact: measurable_squared_distance.
rewrite fubini_tonelli1//; last by move=> p; rewrite lee_fin sqr_ge0.
transitivity (\int[N]_z ((z ^+ 2)%:E + 1)).
  apply: eq_integral => z _; rewrite /fubini_F /= integral_normal; last 2 first.
  - by apply/measurable_EFinP; apply: measurable_funX; apply: measurable_funB => //; exact: measurable_cst.
  - by move=> x; rewrite lee_fin sqr_ge0.
  rewrite -(EFinD _ 1%R) -shifted_square; apply: eq_integral => x _; by rewrite standard_pdf -EFinM.
have msq : measurable_fun setT (fun z : R => (z ^+ 2)%:E) by apply/measurable_EFinP; exact: measurable_funX.
rewrite ge0_integralD//=; last by move=> x _; rewrite lee_fin sqr_ge0.
rewrite integral_cst//= mul1e integral_normal//; last by move=> x; rewrite lee_fin sqr_ge0.
rewrite (_ : \int[mu]_x _ = 1) -?integral_square; last by apply: eq_integral => x _; rewrite standard_pdf EFinM.
by rewrite integral_square (_ : N setT = 1) -?EFinD//; exact: probability_setT.
Qed.

(* Every interval has a positive probability. *)
Lemma interval_positive (a b : R) : (a < b)%R -> 0 < N `[a, b]%classic.
Proof.
move=> ab; pose K : R := Num.max `|a|%R `|b|%R.
have low x : x \in `[a, b] -> (bell K <= bell x)%R.
  rewrite in_itv/= => /andP[ax xb]; rewrite /bell ler_wpM2l// ler_expR lerN2 ler_pM2r ?invr_gt0//.
  rewrite -[leLHS]real_normK ?num_real// lerXn2r ?nnegrE//; first by rewrite /K le_max normr_ge0.
  have ma : (`|a| <= K)%R by rewrite /K le_max lexx.
  have mb : (`|b| <= K)%R by rewrite /K le_max lexx orbT.
  have nb := ler_norm b; have na := lerNnormlW (lexx `|a|%R).
  by rewrite ler_norml; apply/andP; split; lra.
have bell0 : (0 < bell K)%R by rewrite /bell mulr_gt0 ?expR_gt0// invr_gt0 sqrtr_gt0 pmulrn_lgt0// pi_gt0.
apply: (@lt_le_trans _ _ (\int[mu]_(x in `[a, b]) (bell K)%:E)).
  rewrite integral_cst//= lebesgue_measure_itv/= lte_fin ab -EFinB -EFinM lte_fin mulr_gt0// subr_gt0//.
rewrite /normal_prob; apply: ge0_le_integral => //=.
- by move=> x _; rewrite lee_fin ltW.
- by move=> x _; rewrite lee_fin normal_pdf_ge0.
- apply/measurable_EFinP; apply: measurable_funTS; exact: measurable_normal_pdf.
by move=> x xab; rewrite lee_fin standard_pdf low.
Qed.

Definition apart (K : R) : set (R * R) := [set p | (K <= (p.1 - p.2) ^+ 2)%R].

Lemma measurable_apart (K : R) : measurable (apart K).
Proof.
rewrite (_ : apart K = (fun p : R * R => (p.1 - p.2) ^+ 2)%R @^-1` `[K, +oo[%classic); last first.
  by apply/seteqP; split => p /=; rewrite in_itv/= andbT.
by rewrite -[X in measurable X]setTI; apply: measurable_squared_distance.
Qed.

(* Two independent draws are far apart with a positive probability. *)
Lemma far_apart (K : R) : (0 <= K)%R -> 0 < (N \x N) (apart K).
Proof.
move=> K0; pose a := Num.sqrt K.
have a0 : (0 <= a)%R by exact: sqrtr_ge0.
apply: (@lt_le_trans _ _ ((N \x N) (`[a, (a + 1)%R]%classic `*` `[(-1)%R, 0%R]%classic))).
  rewrite product_measure1E// mule_gt0// interval_positive//; lra.
apply: le_measure; rewrite ?inE.
- exact: measurableX.
- exact: measurable_apart.
move=> [x y] /=; rewrite /apart /= !in_itv/= => -[/andP[ax _] /andP[_ y0]].
rewrite -(sqr_sqrtr K0) -/a lerXn2r ?nnegrE//; lra.
Qed.

(* The same probability as a mean, as a number. *)
Lemma far_share (K : R) : (0 <= K)%R -> exists2 p : R, (0 < p <= 1)%R &
  \int[N \x N]_q (\1_(apart K) q)%:E = p%:E.
Proof.
move=> K0; set B := apart K; have lo : 0 < (N \x N) B := far_apart K0.
have mB : measurable B := measurable_apart K.
have hi : (N \x N) B <= 1.
  apply: (@le_trans _ _ ((N \x N) (setT `*` setT))).
    by apply: le_measure; rewrite ?inE//; exact: measurableX.
  rewrite product_measure1E//.
  by rewrite (etrans (congr2 mule (@probability_setT _ _ _ N) (@probability_setT _ _ _ N)) (mule1 _)).
have fin : (N \x N) B = (fine ((N \x N) B))%:E.
  by rewrite fineK// ge0_fin_numE ?(ltW lo)// (le_lt_trans hi)// ltry.
exists (fine ((N \x N) B)); first by rewrite -lte_fin -lee_fin -fin lo hi.
by rewrite integral_indic// setIT -fin.
Qed.

End NormalMoments.
